import ChildProtocol
import Glibc
import Testing

@testable import ChildAuthoring

@Suite struct FilterAnswerTests {
  private func answer(
    _ output: String, _ end: FilterEnd = .exited(0), lastError: String? = nil,
    mode: FilterOptions.Mode = .text
  ) -> FilterAnswer {
    FilterAnswer(
      output: Array(output.utf8), end: end, lastError: lastError, name: "wc", mode: mode)
  }

  @Test func `the output is the text, less one newline`() {
    #expect(answer("3\n") == .text("3"))
    #expect(answer("3\n\n") == .text("3\n"))
    #expect(answer("3") == .text("3"))
    #expect(answer(" ") == .text(" "))
    #expect(answer("a\nb\n", mode: .partial) == .text("a\nb"))
  }

  @Test func `nothing declines`() {
    #expect(answer("") == .declined)
    #expect(answer("\n") == .declined)
    #expect(answer(" \r\n\t", mode: .json) == .declined)
    #expect(answer("null", mode: .json) == .declined)
  }

  @Test func `bytes that are no UTF-8 are repaired`() {
    let answer = FilterAnswer(
      output: [0x61, 0xFF, 0xC3], end: .exited(0), lastError: nil, name: "x", mode: .text)
    #expect(answer == .text("a\u{FFFD}\u{FFFD}"))
  }

  @Test func `a bad end is a failure, whatever was written`() {
    #expect(answer("fine", .exited(3)) == .failed("wc exited with 3"))
    #expect(answer("fine", .exited(3), lastError: "no city") == .failed("no city"))
    #expect(answer("", .signalled(SIGKILL)) == .failed("wc was ended by SIGKILL"))
    #expect(answer("", .signalled(63)) == .failed("wc was ended by signal 63"))
    #expect(answer("{}", .exited(1), mode: .json) == .failed("wc exited with 1"))
    #expect(answer("fine", lastError: "beware") == .text("fine"))
  }

  @Test func `how a process ended is read as wait(2) has it`() {
    #expect(FilterEnd(status: 0) == .exited(0))
    #expect(FilterEnd(status: 0x0300) == .exited(3))
    #expect(FilterEnd(status: 9) == .signalled(9))
    #expect(FilterEnd(status: 11 | 0x80) == .signalled(11))
  }

  @Test func `an object is the result as it was written`() {
    let json = #"{"text":"a","data":{"n":1.0}}"#
    guard case .result(let value) = answer(json + "\n", mode: .json) else {
      Issue.record("no result")
      return
    }
    #expect(value.text == json)
  }

  @Test(arguments: [
    ("42", "wc wrote a number; expected a JSON object or null: 42"),
    ("[1]", "wc wrote an array; expected a JSON object or null: [1]"),
    ("{} {}", "wc wrote what is not JSON: expected the end at byte 3"),
    ("hello", "wc wrote what is not JSON"),
  ])
  func `what is no object is shown`(output: String, words: String) {
    guard case .failed(let reason) = answer(output, mode: .json) else {
      Issue.record("no failure")
      return
    }
    #expect(reason.hasPrefix(words))
    #expect(reason.hasSuffix(": " + output))
  }

  @Test func `a long output is shown by its beginning`() {
    guard case .failed(let reason) = answer(String(repeating: "x", count: 5000), mode: .json) else {
      Issue.record("no failure")
      return
    }
    #expect(reason.utf8.count < 200)
  }

  @Test func `what is nested too deep for a frame is refused, and not a level earlier`() throws {
    func nested(_ depth: Int) -> String {
      #"{"a":"# + String(repeating: "[", count: depth - 1)
        + String(repeating: "]", count: depth - 1) + "}"
    }
    let deepest = answer(nested(RPCMessage.depthLimit - 1), mode: .json)
    #expect(throws: Never.self) {
      try RPCMessage(parsing: deepest.frame(answering: 1, name: "x"))
    }
    guard case .result = deepest else {
      Issue.record("refused")
      return
    }
    guard case .failed = answer(nested(RPCMessage.depthLimit), mode: .json) else {
      Issue.record("not refused")
      return
    }
  }

  @Test func `a line is any JSON`() {
    #expect(FilterAnswer(line: Array("3".utf8), name: "x") == .result(3))
    #expect(FilterAnswer(line: Array("null".utf8), name: "x") == .result(.null))
    for line in ["", "hello", "{} {}"] {
      guard case .failed(let reason) = FilterAnswer(line: Array(line.utf8), name: "x") else {
        Issue.record("taken: \(line)")
        return
      }
      #expect(reason.contains("not JSON"))
    }
  }

  @Test func `the longest answer that fits a frame is sent, one byte more is an error`() throws {
    let around = FilterAnswer.text("").frame(answering: 7, name: "x").count
    let longest = String(repeating: "x", count: Frame.fromChildByteLimit - around)
    #expect(
      FilterAnswer.text(longest).frame(answering: 7, name: "x").count == Frame.fromChildByteLimit)
    let frame = FilterAnswer.text(longest + "x").frame(answering: 7, name: "wc")
    guard case .failure(7, let failure) = try RPCMessage(parsing: frame) else {
      Issue.record("no failure")
      return
    }
    #expect(failure.message.hasPrefix("wc wrote more than fits an answer: 1048576 bytes"))
    #expect(FilterLimits.outputByteCount > longest.utf8.count)
  }

  @Test func `each answer is one of JSON-RPC`() throws {
    func message(_ answer: FilterAnswer) throws -> RPCMessage {
      try RPCMessage(parsing: answer.frame(answering: "a", name: "x"))
    }
    #expect(try message(.text("hi")) == .result(id: "a", value: ["text": "hi"]))
    #expect(try message(.declined) == .result(id: "a", value: .null))
    #expect(try message(.result(3)) == .result(id: "a", value: 3))
    #expect(
      try message(.failed("why")) == .failure(id: "a", RPCFailure(code: -32000, message: "why")))
  }
}
