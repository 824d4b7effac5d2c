import ChatCore
import Foundation
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct LineReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The lines that the chunks come to, the last of them followed by the end of the stream.
  private func lines(
    _ chunks: [[UInt8]], _ stream: LogLine.Stream = .stdout, generation: Int64 = 3
  ) throws -> [LogLine] {
    let path = folder.url.appendingPathComponent("\(UInt64.random(in: 0 ... .max)).log").path
    let log = ChildLog(child: ChildID("echo"), path: path, rules: Manifest.Log()) { _ in }
    let reader = LineReader(log: log, stream: stream, generation: generation)
    let channel = EmbeddedChannel(handler: reader)
    for chunk in chunks { try channel.writeInbound(ByteBuffer(bytes: chunk)) }
    _ = try channel.finish()
    return log.last(10_000)
  }

  private func texts(_ chunks: [UInt8]...) throws -> [String] { try lines(chunks).map(\.text) }

  @Test(
    arguments: [
      ("", []), ("a\n", ["a"]), ("a", ["a"]), ("a\nb", ["a", "b"]), ("a\nb\n", ["a", "b"]),
      ("\n", [""]), ("\n\n\n", ["", "", ""]), ("a\n\nb\n", ["a", "", "b"]),
      ("a\r\nb\r\n", ["a", "b"]), ("\r\n", [""]), ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]),
      ("a\r", ["a"]), ("é😀\n", ["é😀"]), ("a\u{0}b\n", ["a\u{0}b"]),
      ("a\u{2028}b\n", ["a\u{2028}b"]),
      ("\t a \n", ["\t a "]),
    ] as [(String, [String])]) func `a line ends with a newline or the stream`(
      text: String, lines: [String]
    ) throws
  {
    #expect(try texts(Array(text.utf8)) == lines)
    #expect(try self.lines(text.utf8.map { [$0] }).map(\.text) == lines)
  }

  @Test func `lines bear their stream and generation`() throws {
    let lines = try lines([Array("a\n".utf8)], .stderr, generation: 42)
    #expect(lines.map(\.stream) == [.stderr] && lines.map(\.generation) == [42])
  }

  @Test(arguments: 0..<20)
  func `any split of the bytes comes to the same lines`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = ["a", "\n", "\r\n", "é", "😀", "\u{0}", " ", "\r", "long words ", "\n\n"]
    var bytes: [UInt8] = []
    for _ in 0..<400 { bytes += (pieces.randomElement(using: &random) ?? "").utf8 }
    // What no UTF-8 has, in the middle of it.
    for _ in 0..<20 { bytes.insert(0xFF, at: .random(in: 0...bytes.count, using: &random)) }
    var chunks: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      chunks.append(Array(rest.prefix(.random(in: 1...30, using: &random))))
      rest = rest.dropFirst(chunks.last?.count ?? 0)
    }
    let whole = try texts(bytes)
    #expect(try lines(chunks).map(\.text) == whole)
    #expect(whole.count >= bytes.count { $0 == UInt8(ascii: "\n") })
    #expect(!whole.contains { $0.utf8.contains(UInt8(ascii: "\n")) })
  }

  @Test func `what is no UTF-8 is shown as such`() throws {
    #expect(try texts([0x61, 0xFF, 0x62, 0x0A, 0xC3]) == ["a\u{FFFD}b", "\u{FFFD}"])
    #expect(try texts([0xC3], [0xA9, 0x0A]) == ["é"])
  }

  @Test func `a line that is too long is cut, and the next one is not`() throws {
    let limit = ChildLog.lineByteLimit
    for length in [limit - 1, limit, limit + 1, limit * 3] {
      let line = [UInt8](repeating: UInt8(ascii: "x"), count: length)
      for chunkLength in [1000, limit, length] {
        var chunks = stride(from: 0, to: length, by: chunkLength).map {
          Array(line[$0..<min(length, $0 + chunkLength)])
        }
        chunks.append(Array("\nnext\nlast".utf8))
        let kept = String(repeating: "x", count: min(length, limit))
        let expected = [length > limit ? kept + " … (cut)" : kept, "next", "last"]
        #expect(try lines(chunks).map(\.text) == expected)
      }
    }
  }

  @Test func `a long last line without an end is cut too`() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: ChildLog.lineByteLimit + 1)
    let texts = try texts(bytes)
    #expect(texts.count == 1 && texts.first?.hasSuffix("x … (cut)") == true)
  }

  @Test func `nothing is passed on and an error ends it`() throws {
    let path = folder.url.appendingPathComponent("echo.log").path
    let log = ChildLog(child: ChildID("echo"), path: path, rules: Manifest.Log()) { _ in }
    let channel = EmbeddedChannel(
      handler: LineReader(log: log, stream: .stdout, generation: 1))
    try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
    try channel.writeInbound(ByteBuffer(string: "a\nb"))
    #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
    channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
    #expect(!channel.isActive)
    #expect(log.last(9).map(\.text) == ["a", "b"])
  }
}
