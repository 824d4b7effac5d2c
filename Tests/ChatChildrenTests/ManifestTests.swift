import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.file("echo/run", "#!/bin/sh\n", mode: 0o755)
    try folder.file("echo/plain", "text\n")
    try folder.file("echo/secrets.env", "A=b\n", mode: 0o600)
    _ = try folder.folder("echo/sub")
  }

  private func manifest(_ text: String) throws -> Manifest {
    try folder.file("echo/manifest.toml", text)
    return try Manifest(readingFolder: folder.url.appendingPathComponent("echo"))
  }

  private func complaints(_ text: String) throws -> [Complaint] {
    try #require(throws: Complaints.self) { try manifest(text) }.all
  }

  @Test func `what a manifest leaves out is as the contract says`() throws {
    let manifest = try manifest("command = [\"python3\", \"main.py\"]\n")
    #expect(manifest.id == ChildID("echo"))
    #expect(manifest.folder == folder.url.appendingPathComponent("echo").path)
    #expect(manifest.command == ["python3", "main.py"])
    #expect(manifest.name == "echo" && manifest.description == "" && manifest.version == "")
    #expect(!manifest.autostart && manifest.envPass == [] && manifest.envFile == nil)
    #expect(manifest.environment == [:] && manifest.config == [:])
    #expect(manifest.readyTimeout == .seconds(10))
    #expect(manifest.drain == .seconds(5) && manifest.term == .seconds(5))
    #expect(manifest.messages.roles == [.user, .assistant])
    #expect(manifest.messages.timeout == .seconds(5))
    #expect(manifest.messages.timeoutMax == .seconds(60))
    #expect(manifest.messages.maxInFlight == 1 && manifest.messages.wait)
    #expect(manifest.messages.context == 0 && manifest.messages.maxBytes == 1_048_576)
    #expect(manifest.restart.policy == .permanent)
    #expect(manifest.restart.backoffInitial == .milliseconds(250))
    #expect(manifest.restart.backoffFactor == 2)
    #expect(manifest.restart.backoffMax == .seconds(30))
    #expect(manifest.restart.jitter == 0.2)
    #expect(manifest.restart.resetAfter == .seconds(60))
    #expect(manifest.restart.intensity == 5 && manifest.restart.period == .seconds(60))
    #expect(manifest.restart.parkRetry == .seconds(300))
    #expect(manifest.restart.neverOn == [78, 125])
    #expect(manifest.watchdog.interval == .seconds(5) && !manifest.watchdog.core)
    #expect(manifest.watchdog.suspectAfter == 3 && manifest.watchdog.killAfter == 6)
    #expect(manifest.limits == Manifest.Limits())
    #expect(manifest.tools.approve == .ask && manifest.tools.auto == [])
    #expect(manifest.tools.timeout == nil)
    #expect(manifest.tools.never == [])
    #expect(!manifest.permissions.history && !manifest.permissions.post)
    #expect(manifest.permissions.call == [])
    #expect(manifest.log.maxBytes == 10_485_760 && manifest.log.files == 3)
  }

  /// What a manifest reads as and what the type begins with are two places for the same numbers.
  @Test func `the defaults of reading are the type's own`() throws {
    var expected = Manifest(
      id: ChildID("echo"), folder: folder.url.appendingPathComponent("echo").path)
    expected.command = ["true"]
    #expect(try manifest("command = [\"true\"]\n") == expected)
    let tables = [
      "config", "env", "messages", "ready", "restart", "watchdog", "stop", "limits", "tools",
      "sandbox", "permissions", "log",
    ]
    let empty = tables.map { "[\($0)]\n" }.joined()
    #expect(try manifest("command = [\"true\"]\n" + empty) == expected)
  }

  @Test func `every key of the contract is read`() throws {
    let manifest = try manifest(Self.everything)
    #expect(manifest.name == "Écho" && manifest.description == "Says it again")
    #expect(manifest.version == "1.2" && manifest.command == ["./run", "-v"])
    #expect(manifest.autostart && manifest.envPass == ["PATH_X", "_y"])
    #expect(manifest.envFile == folder.url.appendingPathComponent("echo/secrets.env").path)
    #expect(manifest.environment == ["A_1": "x=y", "B": ""])
    #expect(manifest.config == ["deep": ["x": true], "list": [1, "two"]])
    #expect(manifest.messages.roles == [.assistant] && manifest.messages.context == 9)
    #expect(manifest.messages.timeout == .milliseconds(1))
    #expect(manifest.messages.timeoutMax == .milliseconds(2))
    #expect(manifest.messages.maxInFlight == 3 && !manifest.messages.wait)
    #expect(manifest.messages.maxBytes == 4 && manifest.readyTimeout == .milliseconds(5))
    #expect(manifest.restart.policy == .transient)
    #expect(manifest.restart.backoffInitial == .milliseconds(6))
    #expect(manifest.restart.backoffFactor == 1.5)
    #expect(manifest.restart.backoffMax == .milliseconds(7) && manifest.restart.jitter == 0)
    #expect(manifest.restart.resetAfter == .milliseconds(8) && manifest.restart.intensity == 0)
    #expect(manifest.restart.period == .milliseconds(9) && manifest.restart.parkRetry == nil)
    #expect(manifest.restart.neverOn == [1, 255])
    #expect(manifest.watchdog.interval == .milliseconds(10) && manifest.watchdog.core)
    #expect(manifest.watchdog.suspectAfter == 1 && manifest.watchdog.killAfter == 1)
    #expect(manifest.drain == .zero && manifest.term == .milliseconds(11))
    #expect(manifest.limits.memoryMB == 12 && manifest.limits.openFiles == 13)
    #expect(manifest.limits.processes == 14 && manifest.limits.cpuSeconds == 15)
    #expect(manifest.limits.fileMB == 16 && manifest.limits.user == nil)
    #expect(manifest.tools.approve == .never && manifest.tools.auto == ["a"])
    #expect(manifest.tools.never == ["b"])
    #expect(manifest.permissions.history && manifest.permissions.post)
    #expect(manifest.permissions.call == [ChildID("other-1")])
    #expect(manifest.log.maxBytes == 4096 && manifest.log.files == 1)
  }

  private static let everything = """
    name = "Écho"
    description = "Says it again"
    version = "1.2"
    command = ["./run", "-v"]
    autostart = true
    env_pass = ["PATH_X", "_y"]
    env_file = "secrets.env"
    [config]
    list = [1, "two"]
    deep = { x = true }
    [env]
    A_1 = "x=y"
    B = ""
    [messages]
    roles = ["assistant"]
    timeout_ms = 1
    timeout_max_ms = 2
    max_in_flight = 3
    wait = false
    context = 9
    max_bytes = 4
    [ready]
    timeout_ms = 5
    [restart]
    policy = "transient"
    backoff_initial_ms = 6
    backoff_factor = 1.5
    backoff_max_ms = 7
    jitter = 0
    reset_after_ms = 8
    intensity = 0
    period_ms = 9
    park_retry_ms = 0
    never_on = [1, 255]
    [watchdog]
    interval_ms = 10
    suspect_after = 1
    kill_after = 1
    core = true
    [stop]
    drain_ms = 0
    term_ms = 11
    [limits]
    memory_mb = 12
    open_files = 13
    processes = 14
    cpu_seconds = 15
    file_mb = 16
    [tools]
    approve = "never"
    auto = ["a"]
    never = ["b"]
    [sandbox]
    enabled = false
    network = false
    write = ["/tmp"]
    [permissions]
    history = true
    post = true
    call = ["other-1"]
    [log]
    max_bytes = 4096
    files = 1
    """

  @Test func `a command is a list with a program that can be run`() throws {
    let wrong = [
      ("command = \"true\"", "expected a list of strings, the program first, got \"true\""),
      ("command = []", "expected a list of strings, the program first, got []"),
      ("command = [\"\"]", "expected a list of strings, the program first, got [\"\"]"),
      ("command = [\"true\", 1]", "the program first, got [\"true\",1]"),
      ("command = [\"true\", \"a\\u0000b\"]", "the program first, got "),
      ("command = [\"./none\"]", "there is no file \(folder.url.path)/echo/./none"),
      ("command = [\"./plain\"]", "\(folder.url.path)/echo/./plain is not executable"),
      ("command = [\"./sub\"]", "there is no file \(folder.url.path)/echo/./sub"),
      ("command = [\"/none/x\"]", "there is no file /none/x"),
      ("component_path = \"./none\"", "there is no file \(folder.url.path)/echo/./none"),
      ("component_path = \"\"", "expected a path, got \"\""),
      ("component_path = 1", "expected a path, got 1"),
    ]
    for (line, reason) in wrong {
      let complaints = try complaints("name = \"E\"\n" + line)
      #expect(complaints.count == 1)
      #expect(complaints.first?.line == 2)
      #expect(complaints.first?.key == String(line.prefix { $0 != " " }))
      #expect(complaints.first?.reason.contains(reason) == true, "\(complaints)")
    }
  }

  @Test func `a command is there once`() throws {
    let none = try complaints("name = \"E\"")
    #expect(none.map(\.key) == ["command"] && none.first?.reason.hasPrefix("missing") == true)
    let both = try complaints("command = [\"true\"]\ncomponent_path = \"./run\"")
    #expect(
      both.map(\.description) == [
        "echo/manifest.toml:2: component_path: expected this or command, not both"
      ])
  }

  @Test func `a component is a command of one word`() throws {
    #expect(try manifest("component_path = \"./run\"").command == ["./run"])
    #expect(try manifest("command = [\"/bin/sh\", \"-c\", \"\"]").command == ["/bin/sh", "-c", ""])
  }

  @Test func `late answers are welcome for as long as answers at least`() throws {
    let command = "command = [\"true\"]\n[messages]\n"
    let manifest = try manifest(command + "timeout_ms = 120000")
    #expect(manifest.messages.timeoutMax == .seconds(120))
    let wrong = try complaints(command + "timeout_ms = 9\ntimeout_max_ms = 8")
    #expect(
      wrong.map(\.description) == [
        "echo/manifest.toml:4: messages.timeout_max_ms: expected no less than timeout_ms"
      ])
  }

  @Test func `a user is one of this machine and root's to choose`() throws {
    let command = "command = [\"true\"]\n[limits]\n"
    let unknown = try complaints(command + "user = \"no such user\"")
    #expect(unknown.first?.line == 3 && unknown.first?.key == "limits.user")
    let known = try? manifest(command + "user = \"root\"")
    #expect(known?.limits.user == (geteuid() == 0 ? "root" : nil))
  }

  @Test func `a variable of Claude's may be the child's own`() throws {
    let manifest = try manifest("command = [\"true\"]\n[env]\nANTHROPIC_X = \"1\"")
    #expect(manifest.environment == ["ANTHROPIC_X": "1"])
  }

  @Test(arguments: ["Echo", "-echo", "é", "a b", String(repeating: "x", count: 65)])
  func `a folder has a name that a child can have`(name: String) throws {
    try folder.file("\(name)/manifest.toml", "command = [\"true\"]")
    let complaints = try #require(throws: Complaints.self) {
      try Manifest(readingFolder: folder.url.appendingPathComponent(name))
    }
    #expect(complaints.all.count == 1)
    #expect(complaints.description.hasPrefix("\(name)/manifest.toml: expected a folder named as "))
  }
}
