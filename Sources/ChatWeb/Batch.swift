import NIOCore

/// Frames that follow one another, joined in one buffer for all who get every one of them.
struct Batch {
  /// So much is joined at most: what is larger gains nothing by being copied, and a socket that is
  /// busy takes or refuses a batch as a whole.
  static let byteLimit = 128 << 10
  static let countLimit = 256

  private(set) var frames: [LiveFrame]
  private(set) var bytes: ByteBuffer
  /// The first number among them.
  private(set) var firstSeq: Int64?
  /// Lines of a log, which few get.
  let isLog: Bool

  private init(_ frame: LiveFrame) {
    frames = [frame]
    bytes = frame.bytes
    firstSeq = frame.seq
    isLog = frame.isLog
  }

  /// Joins frames as far as they can be.
  static func batches(of frames: [LiveFrame]) -> [Batch] {
    var batches: [Batch] = []
    for frame in frames {
      if let last = batches.indices.last, batches[last].join(frame) { continue }
      batches.append(Batch(frame))
    }
    return batches
  }

  /// Takes a frame in.
  /// - Returns: false where it has to stand in a batch of its own.
  private mutating func join(_ frame: LiveFrame) -> Bool {
    guard !isLog, !frame.isLog, frames.count < Self.countLimit,
      bytes.readableBytes + frame.bytes.readableBytes <= Self.byteLimit
    else { return false }
    bytes.writeImmutableBuffer(frame.bytes)
    frames.append(frame)
    firstSeq = firstSeq ?? frame.seq
    return true
  }
}

extension LiveFrame {
  fileprivate var seq: Int64? { if case .change(let seq) = kind { seq } else { nil } }
  fileprivate var isLog: Bool { if case .log = kind { true } else { false } }
}
