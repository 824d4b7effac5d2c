import ChatCore
import Foundation

/// Reads one of a child's two outputs from its pipe, line by line, into the transcript.
///
/// Confined to the pump's thread.
final class RigLog {
  /// So much is cut into lines; the rest is read and dropped, as a flood's, unless it may go on
  /// without an end.
  private static let byteLimit = 1 << 20
  private static let lineByteLimit = 16 << 10

  let pipe: Int32
  private let stream: LogLine.Stream
  private let isOpenEnded: Bool
  private var partial: [UInt8] = []
  private var byteCount = 0
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)
  /// Nobody has the other end any more.
  private(set) var isOver = false

  /// Takes the descriptor over.
  init(_ pipe: Int32, _ stream: LogLine.Stream, isOpenEnded: Bool) {
    self.pipe = pipe
    self.stream = stream
    self.isOpenEnded = isOpenEnded
  }

  deinit { close(pipe) }

  /// Reads once.
  /// - Returns: whether there may be more.
  @discardableResult func read(to board: RigBoard) -> Bool {
    let count = Foundation.read(pipe, &chunk, chunk.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return errno == EINTR }
    guard count > 0 else {
      if !partial.isEmpty { finishLine(to: board) }
      isOver = true
      board.change { $0.openPipeCount -= 1 }
      return false
    }
    byteCount += count
    guard isOpenEnded || byteCount <= Self.byteLimit else { return true }
    for part in chunk[..<count].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      if part.offset > 0 { finishLine(to: board) }
      partial += part.element.prefix(Self.lineByteLimit - partial.count)
    }
    return true
  }

  /// Reads what there is. Nobody writes to it any more.
  func readRest(to board: RigBoard) { while read(to: board) {} }

  private func finishLine(to board: RigBoard) {
    let (now, line) = (board.now, partial)
    partial = []
    board.change { [stream] in $0.transcript.add(.log(stream), line, at: now) }
  }
}
