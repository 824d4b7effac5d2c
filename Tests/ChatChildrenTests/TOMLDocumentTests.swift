import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct TOMLDocumentTests {
  private func document(_ text: String) throws -> TOMLDocument {
    try TOMLDocument(text, as: "m.toml")
  }

  private func complaint(_ text: String) throws -> Complaint {
    let complaints = try #require(throws: Complaints.self) { try document(text) }
    return try #require(complaints.all.first)
  }

  private func complaint(reading url: URL) throws -> Complaint {
    let complaints = try #require(throws: Complaints.self) {
      try TOMLDocument(reading: url, as: "echo/manifest.toml")
    }
    #expect(complaints.all.count == 1)
    return try #require(complaints.all.first)
  }

  @Test(arguments: [
    ("", "{}"), ("\u{FEFF}a = 1\n", #"{"a":1}"#), ("a = 1 # one\r\nb = 2\r\n", #"{"a":1,"b":2}"#),
    ("a = 0xff\nb = 0o17\nc = 0b11\nd = 1_000", #"{"a":255,"b":15,"c":3,"d":1000}"#),
    ("a = 9007199254740993\nb = 5000.0", #"{"a":9007199254740993,"b":5000.0}"#),
    ("a = 2026-11-22T10:00:00Z\nb = 2026-11-22", #"{"a":"2026-11-22T10:00:00Z","b":"2026-11-22"}"#),
    (#"a = "é😀\u0000\u001b\n\"""#, #"{"a":"é😀\u0000\u001b\n\""}"#),
    ("a.b = 1\n[c.d]\ne = []\n[[f]]\n[[f]]", #"{"a":{"b":1},"c":{"d":{"e":[]}},"f":[{},{}]}"#),
    (#""a.b" = { 'c=d' = true }"#, #"{"a.b":{"c=d":true}}"#),
  ]) func `a document is the JSON that means the same`(text: String, json: String) throws {
    #expect(try document(text).root.text == json)
  }

  /// JSON has neither; what is read must not fail without a line on that account.
  @Test(arguments: ["inf", "-inf", "nan"])
  func `what JSON has no number for is no number`(number: String) throws {
    let json = try #require(try document("a = \(number)").root["a"])
    #expect(json.string != nil && json.double == nil)
  }

  @Test(arguments: [
    ("a = 1\n\nb = \n", 3), ("a = 1\nb = 2\na = 3\n", 3), ("[a]\n[b]\n[a]\n", 3),
    ("a = 1\r\nb = x\r\n", 2), ("a = 9223372036854775808", 1), ("a = \"x\u{1}\"", 1),
    ("\na = \"\"\"\n\n", 3), ("=", 1), ("\n\n[a", 3), ("a = {", 1), ("\na = 1 b = 2", 2),
    ("\na = 1\n\u{0}b = = =", 3),
  ]) func `a fault in the syntax has its line`(text: String, line: Int) throws {
    let complaint = try complaint(text)
    #expect(complaint.path == "m.toml")
    #expect(complaint.line == line)
    #expect(complaint.reason.hasPrefix("not TOML: "))
    #expect(complaint.description.hasPrefix("m.toml:\(line): not TOML: "))
  }

  @Test func `values within values have an end`() throws {
    let complaint = try complaint("\na = " + String(repeating: "[", count: 100_000))
    #expect(complaint.line == 2)
  }

  @Test func `a key of very many names ends no parser`() throws {
    let names = { Array(repeating: "a", count: $0).joined(separator: ".") }
    #expect(try document("\(names(16)) = 1").line(of: Array(repeating: "a", count: 16)) == 1)
    for text in ["\n\(names(200_000)) = 1", "\n[\(names(17))]", "\nb = { \(names(17)) = 1 }"] {
      #expect(try complaint(text).description.hasPrefix("m.toml:2: expected keys of at most 16"))
    }
    #expect(throws: Never.self) { try document("a = \"\(names(100))\"\nb = [1.5, 2.5, 3.5]") }
  }

  @Test func `the line of every table and key is known`() throws {
    let text = """
      # name = "in a comment", and \"\"\" too
      name = "a" # not = "this"
      command = [
        "env", # [nor this]
        "version=1",
        ["[messages]"],
      ]
      version = \"\"\"
      roles = "in a string"
      [tools]
      '''\"\"\"
      text = '''
      x = 1'''

      [ messages ]   # a comment ]
      "timeout_ms" = 3
      'wait'=true
      a . b = { c = 1, e = [
        "d = 2" ] }
      ["quoted.table"]
      "k=\\u00e9" = '"'
      [[list]]
      x = 1
      [[list]]
      x = 2
      [up.down]
      """
    let lines: [([String], Int?)] = [
      (["name"], 2), (["command"], 3), (["version"], 8), (["text"], 12), (["messages"], 15),
      (["messages", "timeout_ms"], 16), (["messages", "wait"], 17), (["messages", "a"], 18),
      (["messages", "a", "b"], 18), (["quoted.table"], 20), (["quoted.table", "k=é"], 21),
      (["list"], 22), (["list", "x"], 23), (["up"], 26), (["up", "down"], 26),
      (["x"], nil), (["roles"], nil), (["tools"], nil), (["messages", "d"], nil), ([], nil),
    ]
    for end in ["\n", "\r\n"] {
      let document = try document(text.replacing("\n", with: end))
      for (key, line) in lines { #expect(document.line(of: key) == line, "\(key)") }
    }
  }

  @Test func `what a file must be is said with its name`() throws {
    let folder = try TemporaryFolder()
    try Data([0x61, 0x20, 0x3D, 0x20, 0x22, 0xFF, 0x22]).write(
      to: folder.url.appendingPathComponent("latin"))
    try folder.file("huge", "# " + String(repeating: "x", count: 1 << 20))
    mkfifo(folder.url.appendingPathComponent("pipe").path, 0o600)
    symlink("loop", folder.url.appendingPathComponent("loop").path)
    let reasons = [
      ("latin", "expected UTF-8"), ("huge", "expected at most 1048576 bytes"),
      ("none", "can't be read: No such file or directory"),
      ("loop", "can't be read: Too many levels of symbolic links"),
      ("pipe", "expected a file, not a folder or a device"),
      ("", "expected a file, not a folder or a device"),
    ]
    for (name, reason) in reasons {
      let complaint = try complaint(reading: folder.url.appendingPathComponent(name))
      #expect(complaint.description == "echo/manifest.toml: \(reason)")
    }
    let endless = try complaint(reading: URL(fileURLWithPath: "/dev/zero"))
    #expect(endless.reason == "expected a file, not a folder or a device")
  }

  @Test func `a file as long as allowed is read`() throws {
    let folder = try TemporaryFolder()
    let text = "a = 1\n#"
    let padding = String(repeating: "x", count: 1 << 20 - text.utf8.count)
    let url = try folder.file("long", text + padding)
    #expect(try TOMLDocument(reading: url, as: "long").root == ["a": 1])
  }

  @Test func `complaints are a line each`() {
    let complaints = Complaints(
      Complaint(path: "a", line: 3, key: "b.c", reason: "wrong"),
      [Complaint(path: "a", key: "d", reason: "missing"), Complaint(path: "a", reason: "bad")])
    #expect(complaints.description == "a:3: b.c: wrong\na: d: missing\na: bad")
  }
}
