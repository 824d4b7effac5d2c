import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct FilterOutputTests {
  private func take(_ bytes: some Collection<UInt8>, _ output: inout FilterOutput) -> Bool {
    output.append(bytes)
  }

  @Test func `lines come out once, however the output was split`() {
    let text = Array("one\n\ntwo\nthree".utf8)
    for cut in 0...text.count {
      var output = FilterOutput()
      var lines: [String] = []
      for piece in [text[..<cut], text[cut...]] {
        #expect(take(piece, &output))
        while let line = output.nextLine() { lines.append(String(decoding: line, as: UTF8.self)) }
      }
      #expect(lines == ["one\n", "\n", "two\n"])
      #expect(output.bytes == text)
    }
  }

  @Test func `lines that are taken out leave room`() {
    var output = FilterOutput(limit: 6)
    for _ in 0..<10 {
      #expect(take(Array("a\nbc\n".utf8), &output))
      #expect(output.takeLine() == Array("a".utf8))
      #expect(output.takeLine() == Array("bc".utf8))
      #expect(output.takeLine() == nil)
      #expect(output.bytes.isEmpty)
    }
  }

  @Test func `more than its limit is not held`() {
    var output = FilterOutput(limit: 4)
    #expect(take([1, 2, 3, 4], &output))
    #expect(!take([5], &output))
    #expect(output.bytes == [1, 2, 3, 4])
  }

  @Test(arguments: 0..<20)
  func `any output of any pieces is cut as a split would`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet: [UInt8] = [UInt8(ascii: "\n"), 0xFF, UInt8(ascii: "x")]
    let text: [UInt8] = (0..<400).map { _ in alphabet.randomElement(using: &random) ?? 0 }
    var output = FilterOutput()
    var lines: [[UInt8]] = []
    var rest = text[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...20, using: &random)
      #expect(take(rest.prefix(count), &output))
      rest = rest.dropFirst(count)
      while let line = output.takeLine() { lines.append(line) }
    }
    lines.append(output.bytes)
    let expected = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    #expect(lines == expected.map(Array.init))
  }
}

@Suite struct FilterErrorLinesTests {
  @Test func `whole lines are handed on, and the last that is not blank is kept`() {
    var lines = FilterErrorLines()
    #expect(lines.append("one\n  two".utf8) == Array("one\n".utf8))
    #expect(lines.last == "one")
    #expect(lines.append(" words \n \n".utf8) == Array("  two words \n \n".utf8))
    #expect(lines.last == "two words")
    #expect(lines.append("end".utf8).isEmpty)
    #expect(lines.finish() == Array("end\n".utf8))
    #expect(lines.last == "end")
    #expect(lines.finish().isEmpty)
  }

  @Test func `a line without end is broken, and a long reason is cut`() {
    var lines = FilterErrorLines()
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: FilterLimits.logLineByteCount)
    #expect(lines.append(long) == long + [UInt8(ascii: "\n")])
    #expect(lines.last?.utf8.count == FilterLimits.reasonByteCount)
    #expect(lines.append("\n".utf8).isEmpty)
  }
}
