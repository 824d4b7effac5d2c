import ChatCore
import ChildProtocol
import Testing

@testable import ChildAuthoring

@Suite struct ConsoleStyleTests {
  private let plain = ConsoleStyle(frames: .short, hasColours: false)
  private let coloured = ConsoleStyle(frames: .short, hasColours: true)

  private func entry(_ kind: RigTranscript.Entry.Kind, _ text: String) -> RigTranscript.Entry {
    RigTranscript.Entry(at: .milliseconds(12), kind: kind, text: text, byteCount: text.utf8.count)
  }

  @Test func `colours are for terminals, unless somebody wants none`() {
    #expect(ConsoleStyle.wantsColours(isTerminal: true, environment: [:]))
    #expect(ConsoleStyle.wantsColours(isTerminal: true, environment: ["NO_COLOR": ""]))
    #expect(!ConsoleStyle.wantsColours(isTerminal: true, environment: ["NO_COLOR": "1"]))
    #expect(!ConsoleStyle.wantsColours(isTerminal: true, environment: ["TERM": "dumb"]))
    #expect(!ConsoleStyle.wantsColours(isTerminal: false, environment: [:]))
  }

  @Test func `who spoke is seen with and without colours`() {
    let kinds: [(RigTranscript.Entry.Kind, String)] = [
      (.sent, "→"), (.received, "←"), (.log(.stdout), "out"), (.log(.stderr), "err"), (.note, "·"),
    ]
    for (kind, sign) in kinds {
      #expect(plain.show(entry(kind, "{}")) == "    12 ms  \(sign) {}")
      #expect(coloured.show(entry(kind, "{}")).contains("    12 ms  \(sign) {}"))
    }
    #expect(!plain.show(entry(.sent, "{}")).contains("\u{1B}"))
    #expect(coloured.show(entry(.sent, "{}")).hasSuffix("\u{1B}[0m"))
  }

  @Test func `a long frame is cut, whole or indented`() {
    let text = "{\"a\":[\"" + String(repeating: "x", count: 500) + "\",{}],\"b\":{}}"
    #expect(plain.show(entry(.sent, text)).count < 200)
    let raw = ConsoleStyle(frames: .raw, hasColours: false).show(entry(.sent, text))
    #expect(raw.hasSuffix(text))
    let pretty = ConsoleStyle(frames: .pretty, hasColours: false)
    #expect(
      pretty.show(entry(.received, #"{"a":[1,{}],"b":{}}"#))
        == "← {\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {}\n}")
    #expect(pretty.show(entry(.received, "no JSON")) == "    12 ms  ← no JSON")
    #expect(pretty.show(entry(.log(.stdout), "[1]")) == "    12 ms  out [1]")
  }

  @Test func `what a message was answered with`() {
    #expect(plain.show(.success(["text": "a\nb"]), to: 3) == "= 3 a\nb")
    #expect(
      plain.show(.success(["html": "<b>", "text": "a"]), to: 3) == "= 3 a\n    html: \"<b>\"")
    #expect(plain.show(.success(["data": [1]]), to: 3) == "= 3 data: [1]")
    for result in [.null, [:], ["decline": true]] as [JSON] {
      #expect(plain.show(.success(result), to: 3) == "= 3 declined")
    }
    #expect(plain.show(.success(42), to: 3) == "= 3 42")
    let unknown = RPCFailure(code: RPCFailure.methodNotFound, message: "x")
    #expect(plain.show(.failure(unknown), to: 3) == "= 3 declined")
    let failure = RPCFailure(code: -32000, message: "no city")
    #expect(plain.show(.failure(failure), to: 3) == "= 3 failed: no city")
  }

  @Test func `a child steers no terminal`() {
    let evil = "\u{1B}]0;title\u{07}\u{9B}2J"
    #expect(ConsoleStyle.printable(evil + "\n\té") == "\u{FFFD}]0;title\u{FFFD}\u{FFFD}2J\n\té")
    for style in [plain, ConsoleStyle(frames: .raw, hasColours: false)] {
      #expect(!style.show(entry(.log(.stderr), evil)).contains("\u{1B}"))
      #expect(!style.show(.success(["text": .string(evil)]), to: 1).contains("\u{1B}"))
      #expect(!style.show(.success(.string(evil)), to: 1).contains("\u{1B}"))
      let failure = RPCFailure(code: 1, message: evil)
      #expect(!style.show(.failure(failure), to: 1).contains("\u{1B}"))
    }
  }
}
