import ChildProtocol
import Foundation
import Testing

@testable import ChatChildren

@Suite struct TableReaderTests {
  private enum Colour: String, CaseIterable {
    case red, green
  }

  /// All complaints that reading `text` with `read` leads to, as people see them.
  private func complaints(
    _ text: String, _ read: (inout TableReader) -> Void = { _ in }
  ) throws -> [String] {
    var reader = TableReader(try TOMLDocument(text, as: "f.toml"))
    read(&reader)
    return reader.finished().map(\.description)
  }

  @Test func `what is there is read and what is not falls back`() throws {
    let text = """
      string = "s"
      bool = false
      int = 7
      double = 2
      time = 1500
      choice = "green"
      strings = ["a", "b"]
      ints = [1, 2]
      [table]
      inner = 1
      """
    for (text, isGiven) in [(text, true), ("", false)] {
      var reader = TableReader(try TOMLDocument(text, as: "f.toml"))
      #expect(reader.has("string") == isGiven)
      #expect(reader.string("string", "f") == (isGiven ? "s" : "f"))
      #expect(reader.bool("bool", true) == !isGiven)
      #expect(reader.int("int", 1, in: 0...9) == (isGiven ? 7 : 1))
      #expect(reader.double("double", 0.5, in: 0...9) == (isGiven ? 2 : 0.5))
      #expect(reader.milliseconds("time", 10) == .milliseconds(isGiven ? 1500 : 10))
      #expect(reader.choice("choice", Colour.red) == (isGiven ? .green : .red))
      #expect(reader.strings("strings", []) == (isGiven ? ["a", "b"] : []))
      #expect(reader.ints("ints", [3], in: 0...3) == (isGiven ? [1, 2] : [3]))
      let inner = reader.table("table") { $0.int("inner", 0, in: 0...9) }
      #expect(inner == (isGiven ? 1 : 0))
      #expect(reader.finished() == [])
      #expect(reader.value("string") == (isGiven ? "s" : nil))
    }
  }

  @Test(arguments: [
    "1", "true", "[]", "{}", "1979-05-27T07:32:00Z",
  ]) func `a wrong type is named with what was expected`(value: String) throws {
    let json = try #require(try TOMLDocument("a = \(value)", as: "").root["a"]).text
    let found = try complaints("# a comment\na = \(value)") { reader in
      #expect(reader.string("a", "fallback", where: { $0 == "x" }) == "fallback")
    }
    #expect(found == ["f.toml:2: a: expected a string, got \(json)"])
  }

  @Test(arguments: ["\"1\"", "1.0", "true", "-1", "10", "[1]", "9223372036854775807", "inf"])
  func `a whole number is one that is written so, within its range`(value: String) throws {
    let found = try complaints("a = \(value)\nb = [\(value)]") { reader in
      #expect(reader.int("a", 5, in: 0...9) == 5)
      #expect(reader.ints("b", [5], in: 0...9) == [5])
    }
    #expect(found.count == 2)
    #expect(found[0].hasPrefix("f.toml:1: a: expected a whole number from 0 to 9, got "))
    #expect(found[1].hasPrefix("f.toml:2: b: expected a list of whole numbers from 0 to 9, got ["))
  }

  @Test(arguments: ["0", "9", "+3", "0x5", "0b1"])
  func `whole numbers may be written in any base`(value: String) throws {
    let found = try complaints("a = \(value)\nb = [\(value)]") { reader in
      let number = reader.int("a", -1, in: 0...9)
      #expect(number >= 0)
      #expect(reader.ints("b", [], in: 0...9) == [number])
    }
    #expect(found == [])
  }

  @Test(arguments: ["-0.1", "1.1", "nan", "inf", "\"0.5\"", "true"])
  func `a number outside its range is refused`(value: String) throws {
    let found = try complaints("a = \(value)") { reader in
      #expect(reader.double("a", 0.5, in: 0...1) == 0.5)
    }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("f.toml:1: a: expected a number from 0.0 to 1.0, got ") == true)
  }

  @Test func `a choice names all there are`() throws {
    for value in ["\"blue\"", "1", "\"RED\""] {
      let found = try complaints("a = \(value)") { reader in
        #expect(reader.choice("a", Colour.red) == .red)
      }
      #expect(found == ["f.toml:1: a: expected one of \"red\", \"green\", got \(value)"])
    }
  }

  @Test func `a list with one wrong element is wrong`() throws {
    for value in ["[\"a\", 1]", "\"a\"", "[\"a\", \"bad\"]", "[[\"a\"]]"] {
      let found = try complaints("a = \(value)") { reader in
        let strings = reader.strings("a", ["f"], expected: "good ones") { !$0.contains("bad") }
        #expect(strings == ["f"])
      }
      #expect(found.count == 1)
      #expect(found.first?.hasPrefix("f.toml:1: a: expected good ones, got ") == true)
    }
  }

  @Test func `truth is no number and no word`() throws {
    for value in ["1", "\"true\"", "[]"] {
      let found = try complaints("\na = \(value)") { reader in
        #expect(reader.bool("a", true) == true)
      }
      #expect(found.first?.hasPrefix("f.toml:2: a: expected true or false, got ") == true)
    }
  }

  @Test func `a time is between a millisecond and a day`() throws {
    for value in ["0", "86400001", "\"5s\""] {
      let found = try complaints("a = \(value)") { reader in
        #expect(reader.milliseconds("a", 7) == .milliseconds(7))
      }
      #expect(found.count == 1)
      #expect(found.first?.contains("a whole number from 1 to 86400000") == true)
    }
  }

  @Test(arguments: ["1", "\"x\"", "[1]", "[{ b = 1 }]"])
  func `what is no table is read as an empty one`(value: String) throws {
    let found = try complaints("a = \(value)") { reader in
      let inner = reader.table("a") { $0.int("b", 3, in: 0...9) }
      #expect(inner == 3)
    }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("f.toml:1: a: expected a table, got ") == true)
  }

  @Test(arguments: [
    ("timeot = 1", "timeout"), ("timeout_ = 1", "timeout"), ("imeout = 1", "timeout"),
    ("tmieout = 1", "timeout"), ("Timeout = 1", "timeout"), ("rol = 1", "roles"),
  ]) func `an unknown key may have been meant for another`(text: String, meant: String) throws {
    let found = try complaints("\n\n" + text) { reader in
      _ = reader.int("timeout", 1, in: 0...9)
      _ = reader.strings("roles", [])
    }
    let key = text.prefix { $0 != " " }
    #expect(found == ["f.toml:3: \(key): unknown key; did you mean \"\(meant)\"?"])
  }

  @Test func `an unknown key that is near to nothing is just unknown`() throws {
    let found = try complaints("[t]\nfrequency = 1\n[unforeseen.v]\nw = 1\n") { reader in
      reader.table("t") { _ = $0.int("timeout", 1, in: 0...9) }
    }
    #expect(found == ["f.toml:2: t.frequency: unknown key", "f.toml:3: unforeseen: unknown key"])
  }

  @Test func `a key within an inline table has the table's line`() throws {
    let found = try complaints("\nt = { a = 1, bcde = 2 }") { reader in
      reader.table("t") { _ = $0.string("a", "") }
    }
    #expect(
      found == ["f.toml:2: t.a: expected a string, got 1", "f.toml:2: t.bcde: unknown key"])
  }

  @Test func `every complaint is gathered, the tables' own in their places`() throws {
    let found = try complaints("a = 1\nzzzz = 1\n[t]\nb = 1\nyyyy = 1\n") { reader in
      _ = reader.string("a", "")
      reader.table("t") { _ = $0.string("b", "") }
      reader.complain("c", "missing")
      #expect(reader.complaints.count == 4)
    }
    #expect(
      found == [
        "f.toml:1: a: expected a string, got 1", "f.toml:4: t.b: expected a string, got 1",
        "f.toml:5: t.yyyy: unknown key", "f.toml: c: missing", "f.toml:2: zzzz: unknown key",
      ])
  }

  @Test func `a long value is cut in what is said of it`() throws {
    let found = try complaints("a = \"\(String(repeating: "x", count: 5000))\"") { reader in
      _ = reader.bool("a", true)
    }
    #expect(try #require(found.first).count < 120)
  }

  @Test func `what takes everything knows every key`() throws {
    let found = try complaints("[t]\nb = 1\nc = { d = 1 }\n") { reader in
      let all = reader.table("t") { table -> JSON in
        #expect(table.keys == ["b", "c"])
        return table.all()
      }
      #expect(all == ["b": 1, "c": ["d": 1]])
    }
    #expect(found == [])
  }
}
