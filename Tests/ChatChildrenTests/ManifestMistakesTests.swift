import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct ManifestMistakesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.folder("echo/sub")
  }

  private func complaints(_ text: String) throws -> [Complaint] {
    try folder.file("echo/manifest.toml", text)
    return try #require(throws: Complaints.self) {
      try Manifest(readingFolder: folder.url.appendingPathComponent("echo"))
    }.all
  }

  /// A table, a key and values that are all wrong for it.
  struct Wrong: Sendable, CustomTestStringConvertible {
    let table: String
    let key: String
    let values: [String]
    var path: String { table.isEmpty ? key : "\(table).\(key)" }
    var testDescription: String { path }

    init(_ path: String, _ values: String...) {
      let parts = path.split(separator: ".").map(String.init)
      table = parts.count == 2 ? parts[0] : ""
      key = parts.last ?? ""
      self.values = values
    }
  }

  private static let wrong: [Wrong] =
    [
      "config", "env", "messages", "ready", "restart", "watchdog", "stop", "limits", "tools",
      "sandbox", "permissions", "log",
    ].map { Wrong($0, "1", "\"x\"", "[]", "[1]", "true") } + [
      Wrong("name", "\"\"", "1", "\"\(String(repeating: "x", count: 101))\""),
      Wrong("description", "1", "[]"), Wrong("version", "0.1", "1"),
      Wrong("autostart", "1", "\"true\""),
      Wrong("env_pass", "\"A\"", "[1]", "[\"A B\"]", "[\"\"]", "[\"1A\"]", "[\"A=B\"]"),
      Wrong("env_pass", "[\"ANTHROPIC_API_KEY\"]", "[\"A\", \"CHATD_SOCKET\"]", "[\"CHATD_\"]"),
      Wrong("env_file", "\"\"", "1", "\"none.env\"", "\"sub\"", "\"/none/x\""),
      Wrong("env.A", "1", "true", "[]", "\"a\\u0000b\""),
      Wrong("env.CHATD_SOCKET", "\"x\""), Wrong("env.\"A B\"", "\"x\""), Wrong("env.1A", "\"x\""),
      Wrong("messages.roles", "[]", "\"user\"", "[\"system\"]", "[\"user\", \"User\"]", "[1]"),
      Wrong("messages.timeout_ms", "0", "-1", "86400001", "1.5", "5000.0", "\"5s\""),
      Wrong("messages.timeout_max_ms", "0", "86400001", "\"60s\"", "4999"),
      Wrong("messages.max_in_flight", "0", "1025", "\"1\""), Wrong("messages.wait", "1"),
      Wrong("messages.context", "-1", "1001", "true"),
      Wrong("messages.max_bytes", "0", "8388609", "\"1MB\""),
      Wrong("ready.timeout_ms", "0", "86400001", "1.0"),
      Wrong("restart.policy", "\"always\"", "\"Permanent\"", "1", "[]"),
      Wrong("restart.backoff_initial_ms", "0", "0.5"),
      Wrong("restart.backoff_factor", "0.99", "101", "nan", "\"2\""),
      Wrong("restart.backoff_max_ms", "0", "86400001"),
      Wrong("restart.jitter", "-0.1", "1.01", "inf", "true"),
      Wrong("restart.reset_after_ms", "0"), Wrong("restart.intensity", "-1", "100001", "5.0"),
      Wrong("restart.period_ms", "0"), Wrong("restart.park_retry_ms", "-1", "86400001"),
      Wrong("restart.never_on", "78", "[256]", "[-1]", "[78.0]", "[\"78\"]", "[[78]]"),
      Wrong("watchdog.interval_ms", "9", "3600001"),
      Wrong("watchdog.suspect_after", "0", "1001", "7"),
      Wrong("watchdog.kill_after", "0", "1001", "2"), Wrong("watchdog.core", "1"),
      Wrong("stop.drain_ms", "-1", "600001"), Wrong("stop.term_ms", "-1", "600001", "5.0"),
      Wrong("limits.memory_mb", "0", "16777217", "\"1G\""), Wrong("limits.open_files", "7"),
      Wrong("limits.processes", "0"), Wrong("limits.cpu_seconds", "0", "0.5"),
      Wrong("limits.file_mb", "0", "true"),
      Wrong("tools.approve", "\"always\"", "true"), Wrong("tools.auto", "\"x\"", "[1]"),
      Wrong("tools.never", "true", "[[]]"),
      Wrong("sandbox.enabled", "true", "\"no\""), Wrong("sandbox.network", "1"),
      Wrong("sandbox.write", "\"/tmp\"", "[1]"),
      Wrong("permissions.history", "\"yes\""), Wrong("permissions.post", "1"),
      Wrong("permissions.call", "\"other\"", "[\"Other\"]", "[\"\"]", "[1]"),
      Wrong("log.max_bytes", "4095", "\"10M\""), Wrong("log.files", "0", "101"),
      Wrong("nonsense", "1", "[]", "{}"), Wrong("Command", "[]"),
      Wrong("messages.nonsense", "1"), Wrong("ready.nonsense", "1"),
      Wrong("restart.nonsense", "1"), Wrong("watchdog.nonsense", "1"),
      Wrong("stop.nonsense", "1"), Wrong("limits.nonsense", "1"), Wrong("tools.nonsense", "1"),
      Wrong("sandbox.nonsense", "1"), Wrong("permissions.nonsense", "1"),
      Wrong("log.nonsense", "1"),
    ]

  @Test(arguments: wrong)
  func `each key that is wrong is one complaint with its line`(wrong: Wrong) throws {
    for value in wrong.values {
      let start = "command = [\"true\"]\n" + (wrong.table.isEmpty ? "" : "[\(wrong.table)]\n")
      let line = start.count { $0 == "\n" } + 1
      let complaints = try complaints(start + "\(wrong.key) = \(value)\n")
      let path = wrong.path.replacing("\"", with: "")
      #expect(complaints.count == 1, "\(value): \(complaints)")
      #expect(complaints.first?.path == "echo/manifest.toml")
      #expect(complaints.first?.line == line, "\(value)")
      #expect(complaints.first?.key == path, "\(value)")
    }
  }

  @Test func `every complaint is told, not the first alone`() throws {
    let text = """
      name = ""
      command = "true"
      autostrat = true
      [messages]
      timeout_ms = 0
      wait = "no"
      [restart]
      policy = "often"
      [log]
      files = 0
      file = 1
      """
    let found = try complaints(text).map { "\($0.line ?? 0) \($0.key ?? "")" }
    #expect(
      found.sorted() == [
        "1 name", "10 log.files", "11 log.file", "2 command", "3 autostrat",
        "5 messages.timeout_ms", "6 messages.wait", "8 restart.policy",
      ])
  }
}
