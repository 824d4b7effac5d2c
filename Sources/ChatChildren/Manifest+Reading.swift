import ChatCore
import ChildProtocol
package import Foundation

extension Manifest {
  /// Reads the manifest in `folder`, whose name is the child's.
  /// - Throws: `Complaints`, all of them, each with file, line and key.
  package init(readingFolder folder: URL) throws(Complaints) {
    let name = folder.lastPathComponent
    let path = "\(name)/manifest.toml"
    guard ChildID.isValid(name) else {
      throw Complaints(
        Complaint(
          path: path,
          reason: "expected a folder named as [a-z0-9][a-z0-9_-]{0,63}, got \"\(name)\""))
    }
    let url = folder.appendingPathComponent("manifest.toml")
    try self.init(
      TOMLDocument(reading: url, as: path), id: ChildID(name),
      folder: folder.standardizedFileURL.path)
  }

  /// Reads a manifest's document.
  init(_ document: TOMLDocument, id: ChildID, folder: String) throws(Complaints) {
    self.init(id: id, folder: folder)
    var reader = TableReader(document)
    read(&reader)
    let complaints = reader.finished()
    if let first = complaints.first { throw Complaints(first, Array(complaints.dropFirst())) }
  }

  private mutating func read(_ reader: inout TableReader) {
    name = reader.string("name", id.text, expected: "1 to 100 characters") {
      !$0.isEmpty && $0.count <= 100
    }
    description = reader.string("description", "")
    version = reader.string("version", "")
    autostart = reader.bool("autostart", false)
    readCommand(&reader)
    readEnvironment(&reader)
    config = reader.table("config") { $0.all() }
    messages = reader.table("messages") { Messages(&$0) }
    readyTimeout = reader.table("ready") { $0.milliseconds("timeout_ms", 10_000) }
    restart = reader.table("restart") { Restart(&$0) }
    watchdog = reader.table("watchdog") { Watchdog(&$0) }
    (drain, term) = reader.table("stop") {
      (
        $0.milliseconds("drain_ms", 5000, in: 0...600_000),
        $0.milliseconds("term_ms", 5000, in: 0...600_000)
      )
    }
    limits = reader.table("limits") { Limits(&$0) }
    tools = reader.table("tools") { Tools(&$0) }
    readSandbox(&reader)
    permissions = reader.table("permissions") { Permissions(&$0) }
    log = reader.table("log") {
      Log(
        maxBytes: $0.int("max_bytes", 10 << 20, in: 4096...(1 << 40)),
        files: $0.int("files", 3, in: 1...100))
    }
  }

  private mutating func readCommand(_ reader: inout TableReader) {
    let expected = "a list of strings, the program first"
    let isGiven = reader.has("command")
    let isPathGiven = reader.has("component_path")
    command = reader.strings("command", [], expected: expected) {
      $0.first?.isEmpty == false && $0.allSatisfy { !$0.utf8.contains(0) }
    }
    let component = reader.string("component_path", "", expected: "a path") { !$0.isEmpty }
    switch (isGiven, isPathGiven) {
    case (true, true): reader.complain("component_path", "expected this or command, not both")
    case (false, true): command = component.isEmpty ? [] : [component]
    case (false, false):
      reader.complain("command", "missing; expected \(expected)")
    case (true, false): break
    }
    guard let program = command.first, program.contains("/") else { return }
    let path = resolved(program)
    let key = isGiven ? "command" : "component_path"
    if !Self.isFile(path) {
      reader.complain(key, "there is no file \(path)")
    } else if !FileManager.default.isExecutableFile(atPath: path) {
      reader.complain(key, "\(path) is not executable")
    }
  }

  private mutating func readEnvironment(_ reader: inout TableReader) {
    envPass = reader.strings(
      "env_pass", [], expected: "names of variables, none of them ANTHROPIC_* or CHATD_*"
    ) {
      $0.allSatisfy {
        Self.isVariable($0) && !$0.hasPrefix("ANTHROPIC_") && !$0.hasPrefix("CHATD_")
      }
    }
    if reader.has("env_file") {
      let name = reader.string("env_file", "", expected: "a path") { !$0.isEmpty }
      let file = resolved(name)
      envFile = file
      if !name.isEmpty, !Self.isFile(file) {
        reader.complain("env_file", "there is no file \(file)")
      }
    }
    environment = reader.table("env") { table in
      var variables: [String: String] = [:]
      for key in table.keys {
        let value = table.string(key, "", expected: "a string without NUL") { !$0.utf8.contains(0) }
        if !Self.isVariable(key) || key.hasPrefix("CHATD_") {
          table.complain(key, "expected a name of letters, digits and _, not CHATD_*")
        }
        variables[key] = value
      }
      return variables
    }
  }

  private func readSandbox(_ reader: inout TableReader) {
    reader.table("sandbox") { table in
      if table.bool("enabled", false) {
        table.complain("enabled", "this chatd can't confine children yet; expected false")
      }
      _ = table.bool("network", true)
      _ = table.strings("write", [])
    }
  }

  /// The path as seen from the manifest's folder.
  func resolved(_ path: String) -> String {
    path.hasPrefix("/") ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).path
  }

  /// Whether there is something other than a folder.
  private static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  /// Whether it is a name for a variable of the environment.
  static func isVariable(_ name: some StringProtocol) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}

extension Manifest.Messages {
  fileprivate init(_ reader: inout TableReader) {
    let words = reader.strings(
      "roles", ["user", "assistant"], expected: "\"user\", \"assistant\" or both"
    ) {
      !$0.isEmpty && $0.allSatisfy { Message.Role(rawValue: $0) != nil }
    }
    roles = Set(words.compactMap(Message.Role.init))
    timeout = reader.milliseconds("timeout_ms", 5000)
    timeoutMax = reader.milliseconds("timeout_max_ms", 60_000)
    if timeoutMax < timeout {
      if reader.has("timeout_max_ms") {
        reader.complain("timeout_max_ms", "expected no less than timeout_ms")
      }
      timeoutMax = timeout
    }
    maxInFlight = reader.int("max_in_flight", 1, in: 1...1024)
    wait = reader.bool("wait", true)
    context = reader.int("context", 0, in: 0...1000)
    maxBytes = reader.int("max_bytes", 1 << 20, in: 1...Frame.byteLimit)
  }
}

extension Manifest.Restart {
  fileprivate init(_ reader: inout TableReader) {
    policy = reader.choice("policy", .permanent)
    backoffInitial = reader.milliseconds("backoff_initial_ms", 250)
    backoffFactor = reader.double("backoff_factor", 2, in: 1...100)
    backoffMax = reader.milliseconds("backoff_max_ms", 30_000)
    jitter = reader.double("jitter", 0.2, in: 0...1)
    resetAfter = reader.milliseconds("reset_after_ms", 60_000)
    intensity = reader.int("intensity", 5, in: 0...100_000)
    period = reader.milliseconds("period_ms", 60_000)
    let retry = reader.milliseconds("park_retry_ms", 300_000, in: 0...86_400_000)
    parkRetry = retry == .zero ? nil : retry
    neverOn = Set(reader.ints("never_on", [78, 125], in: 0...255).map(Int32.init))
  }
}

extension Manifest.Watchdog {
  fileprivate init(_ reader: inout TableReader) {
    interval = reader.milliseconds("interval_ms", 5000, in: 10...3_600_000)
    suspectAfter = reader.int("suspect_after", 3, in: 1...1000)
    killAfter = reader.int("kill_after", 6, in: 1...1000)
    core = reader.bool("core", false)
    if killAfter < suspectAfter {
      reader.complain(
        reader.has("kill_after") ? "kill_after" : "suspect_after",
        "expected kill_after (\(killAfter)) no less than suspect_after (\(suspectAfter))")
    }
  }
}

extension Manifest.Limits {
  fileprivate init(_ reader: inout TableReader) {
    memoryMB = reader.optional("memory_mb", in: 1...(1 << 24))
    openFiles = reader.optional("open_files", in: 8...(1 << 20))
    processes = reader.optional("processes", in: 1...(1 << 22))
    cpuSeconds = reader.optional("cpu_seconds", in: 1...(1 << 31))
    fileMB = reader.optional("file_mb", in: 1...(1 << 30))
    if reader.has("user") {
      let name = reader.string("user", "", expected: "the name of a user of this machine") {
        getpwnam($0) != nil
      }
      user = name.isEmpty ? nil : name
      if geteuid() != 0 { reader.complain("user", "chatd has to run as root for this") }
    }
  }
}

extension Manifest.Tools {
  fileprivate init(_ reader: inout TableReader) {
    if reader.has("timeout_ms") { timeout = reader.milliseconds("timeout_ms", 5000) }
    approve = reader.choice("approve", .ask)
    auto = Set(reader.strings("auto", []))
    never = Set(reader.strings("never", []))
  }
}

extension Manifest.Permissions {
  fileprivate init(_ reader: inout TableReader) {
    history = reader.bool("history", false)
    post = reader.bool("post", false)
    call = Set(
      reader.strings("call", [], expected: "names of children") {
        $0.allSatisfy(ChildID.isValid)
      }.map(ChildID.init))
  }
}

extension TableReader {
  /// A whole number that may be missing.
  fileprivate mutating func optional(_ key: String, in range: ClosedRange<Int>) -> Int? {
    has(key) ? int(key, range.lowerBound, in: range) : nil
  }
}
