import ChildProtocol

/// Cuts what a child sends into frames and goes on after every fault that it can, so that one fault
/// hides no other. `FrameDecoder` gives up where chatd does.
struct RigFrames {
  /// What comes out.
  enum Piece: Hashable {
    case frame([UInt8])
    /// A frame of length 0.
    case empty
    /// A frame over what chatd takes, read and dropped; `head` is its beginning.
    case tooLong(byteCount: Int, head: [UInt8])
    /// The length of a frame that nobody may send: what follows can't be read.
    case beyondLimit(byteCount: Int)
  }

  private static let headByteCount = 256
  private var buffer: [UInt8] = []
  private var start = 0
  private var isBroken = false

  /// What has come and belongs to a frame that is not whole.
  var heldByteCount: Int { isBroken ? 0 : buffer.count - start }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    if isBroken { return }
    if start > 0 {
      buffer.removeSubrange(..<start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next piece, or nil where more bytes are needed.
  mutating func next() -> Piece? {
    guard !isBroken, buffer.count - start >= 4 else { return nil }
    let count = buffer[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    if count > Frame.byteLimit {
      isBroken = true
      return .beyondLimit(byteCount: count)
    }
    guard buffer.count - start >= 4 + count else { return nil }
    let frame = buffer[start + 4..<start + 4 + count]
    start += 4 + count
    if count == 0 { return .empty }
    if count > Frame.fromChildByteLimit {
      return .tooLong(byteCount: count, head: Array(frame.prefix(Self.headByteCount)))
    }
    return .frame(Array(frame))
  }
}
