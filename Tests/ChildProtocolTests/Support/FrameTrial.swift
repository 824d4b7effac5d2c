import Foundation
import TestSupport

@testable import ChildProtocol

/// What cuts a stream of bytes into frames: the decoder, or one with a fault planted in it.
protocol FrameReading {
  mutating func append(_ bytes: UnsafeRawBufferPointer)
  mutating func next() throws(FrameError) -> Frame?
  func finish() throws(FrameError)
  var heldByteCount: Int { get }
  var reservedByteCount: Int { get }
}

extension FrameDecoder: FrameReading {}

/// A stream of short frames, damaged or not, that a decoder gets in pieces; and what has to come of
/// it, read the plain way from one end to the other. Made to be drawn a million times, in a debug
/// build too.
struct FrameTrial {
  static let limit = 12
  static let hardLimit = 30
  /// The longest piece of a stream that a decoder gets at a time.
  private static let pieceByteCount = 16
  /// Room for what may be held and a piece, twice over as arrays grow, and what they round up to.
  private static let reserve = 2 * (4 + limit + pieceByteCount) + 256 + 64

  private(set) var stream: [UInt8] = []
  private var cuts: UInt64 = 0
  private let streams: [[UInt8]]

  /// A trial of streams without damage; each case is one of them, changed.
  init(using generator: inout SeededGenerator) {
    streams = (0..<500).map { _ in
      (0..<Int.random(in: 0...3, using: &generator)).flatMap { _ in
        Frame.encode(
          (0..<Int.random(in: 1...Self.hardLimit, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
          })
      }
    }
  }

  /// Makes the next case.
  mutating func draw(using generator: inout SeededGenerator) {
    let bits = generator.next()
    stream = streams[Int(bits % UInt64(streams.count))]
    damage(bits >> 16)
    cuts = generator.next()
  }

  private mutating func damage(_ bits: UInt64) {
    let byte = UInt8(truncatingIfNeeded: bits >> 8)
    let place = stream.isEmpty ? 0 : Int((bits >> 16) % UInt64(stream.count))
    switch bits % 8 {
    case 0 where !stream.isEmpty: stream[place] = byte
    case 1 where !stream.isEmpty: stream[place] = 0
    case 2 where !stream.isEmpty: stream.removeLast(stream.count - place)
    case 3: stream.insert(byte, at: place)
    case 4: stream += [byte, byte, byte, byte]
    case 5: stream += [0, 0, 0, UInt8(Self.hardLimit) + 1]
    default: break
    }
  }

  /// What is wrong with how `decoder` reads the stream; nil: nothing.
  func fault(of decoder: some FrameReading) -> String? {
    stream.withUnsafeBytes { fault(of: decoder, $0) }
  }

  private func fault(of decoder: some FrameReading, _ stream: UnsafeRawBufferPointer) -> String? {
    var decoder = decoder
    var plain = PlainReading(stream)
    var bits = cuts
    var start = 0
    do throws(FrameError) {
      while start < stream.count {
        let end = min(stream.count, start + 1 + Int(bits % UInt64(Self.pieceByteCount)))
        bits = bits >> 4 | bits << 60
        decoder.append(UnsafeRawBufferPointer(rebasing: stream[start..<end]))
        start = end
        while let frame = try decoder.next() {
          if let fault = plain.fault(of: frame) { return fault }
        }
        if decoder.heldByteCount >= 4 + Self.limit { return "it holds \(decoder.heldByteCount)" }
        if decoder.reservedByteCount > Self.reserve {
          return "it has room for \(decoder.reservedByteCount)"
        }
      }
      try decoder.finish()
    } catch {
      let expected = plain.rest()
      return expected == error ? nil : "\(error) instead of \(expected.map { "\($0)" } ?? "none")"
    }
    return plain.rest().map { "no error instead of \($0)" }
  }
}

/// What the contract says of a stream, frame by frame.
private struct PlainReading {
  private let stream: UnsafeRawBufferPointer
  private var position = 0

  init(_ stream: UnsafeRawBufferPointer) { self.stream = stream }

  private var announced: Int {
    Int(stream[position]) << 24 | Int(stream[position + 1]) << 16 | Int(stream[position + 2]) << 8
      | Int(stream[position + 3])
  }

  /// What is wrong with a frame that a decoder has found next; nil: nothing.
  mutating func fault(of frame: Frame) -> String? {
    guard stream.count - position >= 4 else { return "\(frame) of no header" }
    let count = announced
    guard stream.count - position - 4 >= count else { return "\(frame) of a part" }
    let bytes = UnsafeRawBufferPointer(rebasing: stream[position + 4..<position + 4 + count])
    position += 4 + count
    let isRight =
      switch frame {
      case .whole(let found): count <= FrameTrial.limit && same(found, bytes)
      case .tooLong(let byteCount, let head):
        count > FrameTrial.limit && count <= FrameTrial.hardLimit && byteCount == count
          && same(head, bytes)
      }
    return isRight ? nil : "\(frame) at \(position - count)"
  }

  private func same(_ found: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard found.count == bytes.count, let start = bytes.baseAddress else { return false }
    return found.withUnsafeBytes {
      guard let found = $0.baseAddress else { return false }
      return memcmp(found, start, bytes.count) == 0
    }
  }

  /// The error that the rest of the stream has to end in; nil where nothing is left. Of a frame that
  /// a decoder should have found no byte is missing, which no decoder says.
  func rest() -> FrameError? {
    let left = stream.count - position
    if left == 0 { return nil }
    if left < 4 { return .brokenOff(missingByteCount: 4 - left) }
    let count = announced
    if count == 0 { return .empty }
    if count > FrameTrial.hardLimit {
      return .beyondLimit(byteCount: count, limit: FrameTrial.hardLimit)
    }
    return .brokenOff(missingByteCount: 4 + count - left)
  }
}
