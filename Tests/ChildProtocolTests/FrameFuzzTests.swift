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

  /// In all, in the test below.
  private static let trialCount = 1_000_000
  private static let shareCount = 4

  @Test(arguments: 0..<UInt64(shareCount))
  func `A million short streams, damaged and cut at random, are read as they should be`(
    seed: UInt64
  ) async throws {
    // This takes seconds, which tests with a time limit should not have to wait for.
    let faults = try await onOwnThread { () -> [String] in
      var generator = SeededGenerator(seed: seed)
      var trial = FrameTrial(using: &generator)
      var faults: [String] = []
      for _ in 0..<Self.trialCount / Self.shareCount {
        trial.draw(using: &generator)
        let decoder = FrameDecoder(limit: FrameTrial.limit, hardLimit: FrameTrial.hardLimit)
        guard let fault = trial.fault(of: decoder) else { continue }
        faults.append("\(fault), from \(trial.stream)")
      }
      return faults
    }
    #expect(faults.isEmpty, "\(faults.count) faults: \(faults.prefix(3))")
  }

  @Test(arguments: FaultyDecoder.Fault.allCases)
  func `A fault in the decoder is found`(fault: FaultyDecoder.Fault) {
    var generator = SeededGenerator(seed: 1)
    var trial = FrameTrial(using: &generator)
    let foundCount = (0..<10_000).count { _ in
      trial.draw(using: &generator)
      return trial.fault(of: FaultyDecoder(fault)) != nil
    }
    #expect(foundCount > 0)
  }
}

/// A decoder with something wrong with it.
struct FaultyDecoder: FrameReading {
  enum Fault: CaseIterable, Sendable {
    case takesAByteTooMany, takesAByteTooManyBeyond, losesAByteAtACut, passesOverEmptyFrames
    case endsInSilence, keepsWhatItDrops, makesRoomForWhatIsAnnounced
  }

  private let fault: Fault
  private var decoder: FrameDecoder
  private var takenByteCount = 0
  private var announced = 0

  init(_ fault: Fault) {
    self.fault = fault
    decoder = FrameDecoder(
      limit: FrameTrial.limit + (fault == .takesAByteTooMany ? 1 : 0),
      hardLimit: FrameTrial.hardLimit + (fault == .takesAByteTooManyBeyond ? 1 : 0))
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    takenByteCount += bytes.count
    let isLost = fault == .losesAByteAtACut && decoder.heldByteCount > 0
    decoder.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(isLost ? 1 : 0)))
  }

  mutating func next() throws(FrameError) -> Frame? {
    do throws(FrameError) {
      let frame = try decoder.next()
      if case .tooLong(let byteCount, _)? = frame { announced = max(announced, byteCount << 20) }
      return frame
    } catch .empty where fault == .passesOverEmptyFrames {
      return nil
    }
  }

  func finish() throws(FrameError) { if fault != .endsInSilence { try decoder.finish() } }

  var heldByteCount: Int {
    fault == .keepsWhatItDrops ? takenByteCount : decoder.heldByteCount
  }
  var reservedByteCount: Int {
    fault == .makesRoomForWhatIsAnnounced ? announced : decoder.reservedByteCount
  }
}
