import ChildProtocol
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct RigFramesTests {
  private func pieces(_ bytes: [UInt8], cut: Int? = nil) -> [RigFrames.Piece] {
    var frames = RigFrames()
    var found: [RigFrames.Piece] = []
    for part in stride(from: 0, to: bytes.count, by: cut ?? max(1, bytes.count)) {
      frames.append(bytes[part..<min(bytes.count, part + (cut ?? bytes.count))])
      while let piece = frames.next() { found.append(piece) }
    }
    return found
  }

  private let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8)

  @Test(arguments: [1, 2, 3, 5, 1000])
  func `frames come out whole, however they were cut`(size: Int) {
    let bytes = Frame.encode(ping) + Frame.encode([7]) + Frame.encode(ping)
    #expect(pieces(bytes, cut: size) == [.frame(ping), .frame([7]), .frame(ping)])
  }

  @Test func `an empty frame hides none that follows`() {
    #expect(pieces([0, 0, 0, 0] + Frame.encode(ping)) == [.empty, .frame(ping)])
  }

  @Test func `a frame over the limit is told with its beginning, and hides none`() {
    let long = ping + [UInt8](repeating: 32, count: Frame.fromChildByteLimit)
    let found = pieces(Frame.encode(long) + Frame.encode(ping), cut: 60_000)
    #expect(found.count == 2 && found.last == .frame(ping))
    guard case .tooLong(let count, let head)? = found.first else {
      Issue.record("\(found.first.debugDescription)")
      return
    }
    #expect(count == long.count && head.starts(with: ping))
    let limit = [UInt8](repeating: 32, count: Frame.fromChildByteLimit)
    #expect(pieces(Frame.encode(limit)) == [.frame(limit)])
  }

  @Test func `nothing follows a length that nobody may send`() {
    #expect(
      pieces([255, 255, 255, 255] + Frame.encode(ping)) == [.beyondLimit(byteCount: 0xFFFF_FFFF)])
  }

  @Test func `any bytes, cut anyhow, give the same pieces`() {
    var random = SeededGenerator(seed: 20_261_123)
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let body = (0..<Int.random(in: 0...40, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        bytes += Frame.encode(body)
      }
      bytes.removeLast(Int.random(in: 0...3, using: &random))
      let whole = pieces(bytes)
      #expect(pieces(bytes, cut: Int.random(in: 1...9, using: &random)) == whole)
    }
  }
}
