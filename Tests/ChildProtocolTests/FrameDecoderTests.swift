import Testing

@testable import ChildProtocol

@Suite struct FrameDecoderTests {
  private func drain(_ decoder: inout FrameDecoder) throws(FrameError) -> [Frame] {
    var frames: [Frame] = []
    while let frame = try decoder.next() { frames.append(frame) }
    return frames
  }

  @Test func `A frame is its length in four bytes, the highest first, and its bytes`() {
    #expect(Frame.encode([7, 8, 9]) == [0, 0, 0, 3, 7, 8, 9])
    #expect(Frame.encode(Array(repeating: 1, count: 0x01_0203)).prefix(5) == [0, 1, 2, 3, 1])
  }

  @Test func `Frames come out whole however the stream was split`() throws {
    let payloads: [[UInt8]] = [[1], [2, 3], Array(repeating: 4, count: 300)]
    let stream = payloads.flatMap(Frame.encode)
    for first in 0...stream.count {
      for second in [first, min(first + 1, stream.count), min(first + 5, stream.count)] {
        var decoder = FrameDecoder()
        var frames: [Frame] = []
        for piece in [stream[..<first], stream[first..<second], stream[second...]] {
          decoder.append(Array(piece))
          frames += try drain(&decoder)
        }
        #expect(frames == payloads.map(Frame.whole))
        #expect(throws: Never.self) { try decoder.finish() }
      }
    }
  }

  @Test func `Bytes come one by one`() throws {
    var decoder = FrameDecoder(limit: 4, hardLimit: 10)
    var frames: [Frame] = []
    for byte in [[1, 2, 3, 4], [1, 2, 3, 4, 5], [6]].flatMap(Frame.encode) {
      decoder.append([byte])
      frames += try drain(&decoder)
    }
    #expect(
      frames == [
        .whole([1, 2, 3, 4]), .tooLong(byteCount: 5, head: [1, 2, 3, 4, 5]), .whole([6]),
      ])
  }

  @Test func `A frame over the limit is dropped, and its beginning kept to tell what it answers`()
    throws
  {
    let long = (0..<1000).map { UInt8($0 % 251) }
    var decoder = FrameDecoder(limit: 100, hardLimit: 1000)
    decoder.append(Frame.encode(long) + Frame.encode([1]))
    let frames = try drain(&decoder)
    #expect(frames == [.tooLong(byteCount: 1000, head: Array(long.prefix(256))), .whole([1])])
  }

  @Test func `A frame of no bytes ends the stream`() throws {
    var decoder = FrameDecoder()
    decoder.append(Frame.encode([1]) + [0, 0, 0, 0] + Frame.encode([2]))
    #expect(try decoder.next() == .whole([1]))
    #expect(throws: FrameError.empty) { try decoder.next() }
    #expect(throws: FrameError.empty) { try decoder.next() }
  }

  @Test(arguments: [9, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
  func `A frame that nobody may send is refused by its length alone`(count: Int) {
    var decoder = FrameDecoder(limit: 4, hardLimit: 8)
    decoder.append((0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) })
    #expect(throws: FrameError.beyondLimit(byteCount: count, limit: 8)) { try decoder.next() }
  }

  @Test func `The limits themselves are allowed`() throws {
    var decoder = FrameDecoder(limit: 4, hardLimit: 8)
    decoder.append(Frame.encode([1, 2, 3, 4]) + Frame.encode([1, 2, 3, 4, 5, 6, 7, 8]))
    let frames = try drain(&decoder)
    #expect(
      frames == [
        .whole([1, 2, 3, 4]), .tooLong(byteCount: 8, head: [1, 2, 3, 4, 5, 6, 7, 8]),
      ])
    #expect(Frame.fromChildByteLimit == 1_048_576)
    #expect(Frame.byteLimit == 8_388_608)
  }

  @Test(
    arguments: [
      ([0], 3), ([0, 0, 0], 1), ([0, 0, 0, 3], 3), ([0, 0, 0, 3, 1, 2], 1), ([0, 0, 0, 9], 9),
      ([0, 0, 0, 9, 1, 2], 7),
    ] as [([UInt8], Int)])
  func `A stream that ends within a frame is broken off`(bytes: [UInt8], missing: Int) throws {
    var decoder = FrameDecoder(limit: 4, hardLimit: 10)
    decoder.append(Frame.encode([1]) + bytes)
    #expect(try drain(&decoder) == [.whole([1])])
    #expect(throws: FrameError.brokenOff(missingByteCount: missing)) { try decoder.finish() }
  }

  @Test func `Every fault has words`() {
    #expect(FrameError.empty.description == "a frame of length 0")
    #expect(
      FrameError.beyondLimit(byteCount: 9, limit: 8).description
        == "a frame of 9 bytes; 8 is the most")
    #expect(
      FrameError.brokenOff(missingByteCount: 2).description
        == "the stream ended 2 bytes before the end of a frame")
  }
}
