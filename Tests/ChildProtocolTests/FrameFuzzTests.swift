import TestSupport
import Testing

@testable import ChildProtocol

@Suite struct FrameFuzzTests {
  private static let limit = 64
  private static let hardLimit = 600

  /// What a decoder makes of a stream that comes in pieces: its frames, and the fault that ended
  /// it.
  private func decode(
    _ stream: [UInt8], inPieces splits: [Int]
  ) -> (frames: [Frame], fault: FrameError?, largest: Int) {
    var decoder = FrameDecoder(limit: Self.limit, hardLimit: Self.hardLimit)
    var frames: [Frame] = []
    var largest = 0
    var start = 0
    do throws(FrameError) {
      for end in splits + [stream.count] where end >= start {
        decoder.append(Array(stream[start..<end]))
        while let frame = try decoder.next() { frames.append(frame) }
        largest = max(largest, decoder.heldByteCount)
        start = end
      }
      try decoder.finish()
    } catch {
      return (frames, error, largest)
    }
    return (frames, nil, largest)
  }

  /// What the contract says of a stream: read from its beginning, in one piece, the plain way.
  private func expected(_ stream: [UInt8]) -> (frames: [Frame], fault: FrameError?) {
    var frames: [Frame] = []
    var rest = stream[...]
    while !rest.isEmpty {
      guard rest.count >= 4 else { return (frames, .brokenOff(missingByteCount: 4 - rest.count)) }
      let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      if count == 0 { return (frames, .empty) }
      if count > Self.hardLimit {
        return (frames, .beyondLimit(byteCount: count, limit: Self.hardLimit))
      }
      guard rest.count >= count else {
        return (frames, .brokenOff(missingByteCount: count - rest.count))
      }
      let bytes = Array(rest.prefix(count))
      frames.append(
        count > Self.limit
          ? .tooLong(byteCount: count, head: Array(bytes.prefix(256))) : .whole(bytes))
      rest = rest.dropFirst(count)
    }
    return (frames, nil)
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `Any stream in any pieces gives the same frames and the same fault`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      var stream: [UInt8] = []
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let count = Int.random(in: 1...Self.hardLimit, using: &generator)
        stream += Frame.encode(
          (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
      }
      if Bool.random(using: &generator), !stream.isEmpty {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: stream[Int.random(in: 0..<stream.count, using: &generator)] = 0
        case 1: stream.removeLast(Int.random(in: 1...stream.count, using: &generator))
        default: stream += [0, 0, .random(in: 0...1, using: &generator), 0xFF]
        }
      }
      let splits = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        Int.random(in: 0...stream.count, using: &generator)
      }.sorted()
      let (frames, fault) = expected(stream)
      let decoded = decode(stream, inPieces: splits)
      #expect(decoded.frames == frames)
      #expect(decoded.fault == fault)
      #expect(decoded.largest < 4 + Self.limit, "no more is held than a frame that may be sent")
    }
  }
}
