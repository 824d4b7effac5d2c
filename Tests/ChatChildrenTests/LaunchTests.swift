import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// What a manifest comes to when its child is started.
@Suite struct LaunchTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func launch(
    environment own: [String: String] = [:], _ change: (inout Manifest) -> Void = { _ in }
  ) throws -> Launch {
    var manifest = Manifest(id: ChildID("echo"), folder: folder.url.path)
    manifest.command = ["/bin/true"]
    change(&manifest)
    return try Launch(
      manifest, socket: "/run/s/1.1", chatdFolder: "/opt/chatd", environment: own)
  }

  private func reason(
    environment own: [String: String] = [:], _ change: (inout Manifest) -> Void
  ) throws -> String {
    try #require(throws: ChildError.self) { try launch(environment: own, change) }.description
  }

  @Test func `little of chatd's environment reaches a child`() throws {
    let own = [
      "PATH": "/usr/bin:/bin", "HOME": "/home/x", "LANG": "C.UTF-8", "TZ": "UTC",
      "ANTHROPIC_API_KEY": "key", "CHATD_SOCKET": "/else", "CHATD_WS_PORT": "1", "EDITOR": "ed",
      "WANTED": "yes",
    ]
    let launch = try launch(environment: own) { $0.envPass = ["WANTED", "NOT_THERE"] }
    #expect(
      launch.environment == [
        "CHATD_SOCKET=/run/s/1.1", "HOME=/home/x", "LANG=C.UTF-8",
        "PATH=/opt/chatd:/usr/bin:/bin", "TZ=UTC", "WANTED=yes",
      ])
    #expect(
      try self.launch().environment
        == ["CHATD_SOCKET=/run/s/1.1", "PATH=/opt/chatd:/usr/local/bin:/usr/bin:/bin"])
  }

  @Test func `the manifest's word outranks its file's, and that chatd's own`() throws {
    let file = try folder.file("env", "A=file\nB=file\nCHATD_SOCKET=/else\n", mode: 0o600)
    let launch = try launch(environment: ["A": "own", "B": "own", "C": "own"]) { manifest in
      manifest.envPass = ["A", "B", "C"]
      manifest.envFile = file.path
      manifest.environment = ["A": "manifest", "CHATD_SOCKET": "/else"]
    }
    let set = Set(launch.environment)
    #expect(set.isSuperset(of: ["A=manifest", "B=file", "C=own", "CHATD_SOCKET=/run/s/1.1"]))
    #expect(!set.contains("CHATD_SOCKET=/else"))
  }

  @Test func `a file of variables has a line each, and comments`() throws {
    let text = "# secrets\n\nA=1\n  B = 2\n"
    let file = try folder.file("env", text, mode: 0o600)
    #expect(
      try reason { $0.envFile = file.path } == "env_file: \(file.path):4: expected NAME=value")
    try folder.file("env", "# secrets\n\nA=1=2\nB=\n C=  x y\n", mode: 0o600)
    let launch = try launch { $0.envFile = file.path }
    #expect(Set(launch.environment).isSuperset(of: ["A=1=2", "B=", "C=  x y"]))
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660])
  func `a file of variables is its owner's alone`(mode: Int) throws {
    let file = try folder.file("env", "A=1\n", mode: mode)
    #expect(
      try reason { $0.envFile = file.path }
        == "env_file: expected \(file.path) with mode 0600, others can read it")
  }

  @Test func `a file of variables that is gone or no text is said so`() throws {
    let path = folder.url.appendingPathComponent("env").path
    #expect(
      try reason { $0.envFile = path } == "env_file \(path): No such file or directory")
    try folder.file("env", "", mode: 0o600)
    try Data([0x41, 0x3D, 0xFF]).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o600)
    #expect(try reason { $0.envFile = path } == "env_file: expected \(path) as UTF-8 text")
  }

  @Test func `a bare word is looked up on the child's own PATH`() throws {
    try folder.file("bin/tool", "#!/bin/sh\n", mode: 0o755)
    try folder.file("bin/text", "")
    let bin = folder.url.appendingPathComponent("bin").path
    let launch = try launch { manifest in
      manifest.command = ["tool", "-v"]
      manifest.environment = ["PATH": "/none:\(bin)"]
    }
    #expect(launch.executable == "\(bin)/tool" && launch.arguments == ["tool", "-v"])
    let own = ["PATH": bin]
    #expect(
      try reason(environment: own) { $0.command = ["none"] }
        == "command: the program \"none\" was not found on PATH (/opt/chatd:\(bin))")
    #expect(
      try reason(environment: own) { $0.command = ["text"] }
        == "command: the program \"text\" is not executable on PATH (/opt/chatd:\(bin))")
  }

  @Test func `a path is seen from the manifest's folder`() throws {
    let launch = try launch { manifest in
      manifest.command = ["./run", "./x"]
      manifest.limits.openFiles = 64
      manifest.watchdog.core = true
    }
    #expect(launch.executable == folder.url.path + "/./run")
    #expect(launch.arguments == ["./run", "./x"] && launch.folder == folder.url.path)
    #expect(launch.limits.openFiles == 64 && launch.allowsCore)
    #expect(try self.launch { $0.command = ["/bin/sh"] }.executable == "/bin/sh")
  }
}
