import ChatChildren
import ChatClaude
import ChildProtocol
import Foundation

/// What chatd runs with, from flags, environment and file, in that order of rank (contract §2).
struct Config: Sendable {
  /// Which assistant answers.
  enum Assistant: String, CaseIterable, Sendable {
    case claude, demo, off
  }

  /// How log lines look.
  enum LogFormat: String, CaseIterable, Sendable {
    case text, json
  }

  var host = "127.0.0.1"
  var port = 8084
  var wsPort = 8085
  var data: URL
  var children: [URL]
  var assets: URL
  var allowHosts: [String] = []
  /// Nil: Claude where there is a key, or a server that may need none.
  var assistant: Assistant?
  var model: String?
  var maxTokens: Int?
  /// Rounds of tools in an answer, at most; 0: none are offered.
  var maxToolRounds = 10
  var system: String?
  /// The table `[claude]`; credential, model and prompt are not in it.
  var claude = ClaudeConfiguration(credential: .none)
  var logLevel = "info"
  var logFormat = LogFormat.text

  private static let logLevels = [
    "trace", "debug", "info", "notice", "warning", "error", "critical",
  ]

  /// Reads the configuration.
  /// - Throws: `Complaints` naming the flag, variable or file, line and key that are wrong.
  init(_ options: Options, environment: [String: String]) throws(Complaints) {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let beside = Self.programFolder.deletingLastPathComponent().appendingPathComponent(
      "share/chatd")
    data = Self.stateFolder(environment)
    let localChildren = here.appendingPathComponent("children")
    let shared =
      Self.isFolder(localChildren) ? localChildren : beside.appendingPathComponent("children")
    children = [shared, Self.configFolder(environment).appendingPathComponent("children")]
    let localAssets = here.appendingPathComponent("assets")
    assets = Self.isFolder(localAssets) ? localAssets : beside.appendingPathComponent("assets")

    var complaints: [Complaint] = []
    let named = options.config ?? environment["CHATD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let file =
      named.map { URL(fileURLWithPath: $0, relativeTo: here).standardizedFileURL }
      ?? here.appendingPathComponent("chatd.toml")
    if named != nil || FileManager.default.fileExists(atPath: file.path) {
      let document = try TOMLDocument(reading: file, as: file.path)
      complaints += read(document, relativeTo: file.deletingLastPathComponent())
    }
    for (rank, values) in [("CHATD_", Self.given(in: environment)), ("--", options.given)] {
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        if let expected = set(key, value, relativeTo: here) {
          complaints.append(
            Complaint(
              path: Self.spelling(of: key, rank),
              reason: "expected \(expected), got \"\(value.joined(separator: ":"))\""))
        }
      }
    }
    if let first = complaints.first { throw Complaints(first, Array(complaints.dropFirst())) }
  }

  /// The folder of the running program, where the warden is too. Found once: a chatd that has closed
  /// itself to others can't read its own link any more.
  static let programFolder: URL = {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: path).deletingLastPathComponent()
  }()

  /// Sets one value from its text.
  /// - Returns: what was expected, where it is wrong.
  private mutating func set(_ key: String, _ values: [String], relativeTo base: URL) -> String? {
    let value = values.last ?? ""
    func path(_ text: String) -> URL {
      URL(fileURLWithPath: text, relativeTo: base).standardizedFileURL
    }
    func port(_ keyPath: WritableKeyPath<Config, Int>) -> String? {
      guard let number = Int(value), (0...65_535).contains(number) else {
        return "a port from 0 to 65535"
      }
      self[keyPath: keyPath] = number
      return nil
    }
    switch key {
    case "host":
      guard Self.isLoopback(value) else {
        return "a loopback address, since without sign-in chatd serves this machine alone"
      }
      host = value
    case "port": return port(\.port)
    case "ws_port": return port(\.wsPort)
    case "data": data = path(value)
    case "children": children = values.map(path)
    case "assets": assets = path(value)
    case "allow_host": allowHosts = values
    case "model": model = value
    case "system": system = value
    case "max_tokens":
      guard let number = Int(value), number > 0 else { return "a whole number above 0" }
      maxTokens = number
    case "max_tool_rounds":
      guard let number = Int(value), (0...100).contains(number) else {
        return "a whole number from 0 to 100"
      }
      maxToolRounds = number
    case "assistant":
      guard let kind = Assistant(rawValue: value) else { return "claude, demo or off" }
      assistant = kind
    case "log_level":
      guard Self.logLevels.contains(value) else { return Self.logLevels.joined(separator: ", ") }
      logLevel = value
    case "log_format":
      guard let format = LogFormat(rawValue: value) else { return "text or json" }
      logFormat = format
    default: return "a key that is known"
    }
    return value.isEmpty ? "a value that is not empty" : nil
  }

  /// Reads the file, whose relative paths are relative to it.
  private mutating func read(_ document: TOMLDocument, relativeTo folder: URL) -> [Complaint] {
    var reader = TableReader(document)
    let ranges = [
      "port": 0...65_535, "ws_port": 0...65_535, "max_tokens": 1...10_000_000,
      "max_tool_rounds": 0...100,
    ]
    for (key, range) in ranges.sorted(by: { $0.key < $1.key }) where reader.has(key) {
      let number = reader.int(key, -1, in: range)
      if number >= 0 { _ = set(key, [String(number)], relativeTo: folder) }
    }
    for key in ["children", "allow_host"] where reader.has(key) {
      let list = reader.strings(key, [], expected: "a list of strings that are not empty") {
        !$0.isEmpty && !$0.contains("")
      }
      if !list.isEmpty { _ = set(key, list, relativeTo: folder) }
    }
    for key in [
      "host", "data", "assets", "assistant", "model", "system", "log_level", "log_format",
    ]
    where reader.has(key) {
      let text = reader.string(key, "", expected: "a string that is not empty") { !$0.isEmpty }
      if !text.isEmpty, let expected = set(key, [text], relativeTo: folder) {
        reader.complain(key, "expected \(expected), got \"\(text)\"")
      }
    }
    reader.table("claude") { claude.read(&$0, relativeTo: folder) }
    return reader.finished()
  }

  private static func given(in environment: [String: String]) -> [String: [String]] {
    var given: [String: [String]] = [:]
    let keys = [
      "host", "port", "ws_port", "data", "children", "assets", "allow_host", "assistant", "model",
      "max_tokens", "max_tool_rounds", "system", "log_level", "log_format",
    ]
    for key in keys {
      guard let value = environment["CHATD_\(key.uppercased())"], !value.isEmpty else { continue }
      let isList = key == "children" || key == "allow_host"
      given[key] = isList ? value.split(separator: ":").map(String.init) : [value]
    }
    return given
  }

  private static func spelling(of key: String, _ rank: String) -> String {
    rank == "--" ? "--" + key.replacing("_", with: "-") : rank + key.uppercased()
  }

  /// The user's own folder of children, whether or not it is there.
  static var userChildren: URL {
    configFolder(ProcessInfo.processInfo.environment).appendingPathComponent("children")
  }

  private static func stateFolder(_ environment: [String: String]) -> URL {
    folder("XDG_STATE_HOME", ".local/state", environment).appendingPathComponent("chatd")
  }

  private static func configFolder(_ environment: [String: String]) -> URL {
    folder("XDG_CONFIG_HOME", ".config", environment).appendingPathComponent("chatd")
  }

  /// The XDG base directory that `variable` names; its specification ignores relative paths.
  private static func folder(
    _ variable: String, _ fallback: String, _ environment: [String: String]
  ) -> URL {
    if let path = environment[variable], path.hasPrefix("/") { return URL(fileURLWithPath: path) }
    let home =
      environment["HOME"].map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.homeDirectoryForCurrentUser
    return home.appendingPathComponent(fallback)
  }

  /// Whether only this machine can reach an address.
  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
  }

  private static func isFolder(_ url: URL) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}
