/// The frame both sides write: a 4-byte big-endian length, then that many bytes of UTF-8 JSON
/// (contract §6).
public enum Frame: Hashable, Sendable {
  /// A frame's bytes, without its length.
  case whole([UInt8])
  /// A frame longer than its limit, read and dropped; `head` is its beginning, to tell which
  /// request it answers.
  case tooLong(byteCount: Int, head: [UInt8])

  /// The longest frame chatd takes from a child.
  public static let fromChildByteLimit = 1 << 20
  /// The longest frame chatd writes to a child, and the longest either side reads before it ends
  /// the session.
  public static let byteLimit = 8 << 20

  /// `json` with its length before it.
  public static func encode(_ json: some Collection<UInt8>) -> [UInt8] {
    let count = UInt32(json.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 + json.count)
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift))) }
    bytes.append(contentsOf: json)
    return bytes
  }
}

/// Why a stream of frames can't go on.
public enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A frame says that it has no bytes.
  case empty
  /// A frame says that it is longer than anybody may send.
  case beyondLimit(byteCount: Int, limit: Int)
  /// The stream ended within a frame.
  case brokenOff(missingByteCount: Int)

  /// The fault in words.
  public var description: String {
    switch self {
    case .empty: "a frame of length 0"
    case .beyondLimit(let count, let limit): "a frame of \(count) bytes; \(limit) is the most"
    case .brokenOff(let missing): "the stream ended \(missing) bytes before the end of a frame"
    }
  }
}

/// Cuts a stream of bytes, however it was split, into frames.
///
/// It buffers one frame of at most `limit` bytes; a longer one is counted and dropped, one beyond
/// `hardLimit` is refused before a byte of it is kept.
public struct FrameDecoder: Sendable {
  private let limit: Int
  private let hardLimit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var dropping: (byteCount: Int, left: Int, head: [UInt8])?

  /// What was taken and has not come out yet.
  var heldByteCount: Int { buffer.count - start }
  /// What it has room for, taken or not.
  var reservedByteCount: Int { buffer.capacity + (dropping?.head.capacity ?? 0) }

  /// How much of a dropped frame is kept, enough for its `jsonrpc` and `id`.
  private static let headByteCount = 256

  /// A decoder for frames of up to `limit` bytes.
  public init(limit: Int = Frame.byteLimit, hardLimit: Int = Frame.byteLimit) {
    self.limit = limit
    self.hardLimit = hardLimit
  }

  /// Takes the next bytes of the stream.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Takes the next bytes of the stream.
  public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// The next frame, or nil where more bytes are needed.
  /// - Throws: `FrameError.empty` or `.beyondLimit`; the stream can't be read any further then.
  public mutating func next() throws(FrameError) -> Frame? {
    if dropping == nil {
      guard buffer.count - start >= 4 else { return nil }
      let count = announcedByteCount
      guard count > 0 else { throw .empty }
      guard count <= hardLimit else { throw .beyondLimit(byteCount: count, limit: hardLimit) }
      guard count > limit else { return whole(count) }
      start += 4
      dropping = (count, count, [])
    }
    return dropped()
  }

  /// Says that the stream has ended.
  /// - Throws: `FrameError.brokenOff` where that was within a frame.
  public func finish() throws(FrameError) {
    if let dropping { throw .brokenOff(missingByteCount: dropping.left) }
    let held = heldByteCount
    guard held > 0 else { return }
    guard held >= 4 else { throw .brokenOff(missingByteCount: 4 - held) }
    let count = announcedByteCount
    throw .brokenOff(missingByteCount: count + 4 - held)
  }

  /// The length that the next four bytes give.
  private var announcedByteCount: Int {
    Int(buffer[start]) << 24 | Int(buffer[start + 1]) << 16 | Int(buffer[start + 2]) << 8
      | Int(buffer[start + 3])
  }

  private mutating func whole(_ count: Int) -> Frame? {
    guard buffer.count - start >= 4 + count else { return nil }
    let frame = Array(buffer[start + 4..<start + 4 + count])
    start += 4 + count
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 16)
      start = 0
    }
    return .whole(frame)
  }

  private mutating func dropped() -> Frame? {
    guard var drop = dropping else { return nil }
    let taken = min(drop.left, buffer.count - start)
    let headRoom = Self.headByteCount - drop.head.count
    drop.head.append(contentsOf: buffer[start..<start + min(taken, headRoom)])
    start += taken
    drop.left -= taken
    dropping = drop.left == 0 ? nil : drop
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: false)
      start = 0
    }
    return drop.left == 0 ? .tooLong(byteCount: drop.byteCount, head: drop.head) : nil
  }
}
