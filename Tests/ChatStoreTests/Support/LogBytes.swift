import Foundation
import Testing

@testable import ChatStore

/// The bytes of a write-ahead log, frame by frame; frames are counted from 0.
struct LogBytes {
  let bytes: [UInt8]
  /// Those that end a transaction.
  let commits: [Int]
  private let header: WriteAheadLog.Header
  private let frames: [WriteAheadLog.Frame]

  /// A log with a whole header.
  init(_ bytes: [UInt8]) throws {
    guard let header = WriteAheadLog.Header(Data(bytes.prefix(32))) else { throw NoLog() }
    let byteCount = header.pageByteCount + 24
    let frames = stride(from: 32, through: bytes.count - byteCount, by: byteCount).map { start in
      WriteAheadLog.Frame(bytes[start..<start + byteCount], header)
    }
    (self.bytes, self.header, self.frames) = (bytes, header, frames)
    commits = frames.indices.filter { frames[$0].isCommit }
  }

  var frameCount: Int { frames.count }

  /// What stands behind the end and is of the log's present life.
  var leftover: [WriteAheadLog.Frame] {
    var checksum = header.checksum
    let rest = frames.drop { frame in
      let isWhole = frame.follows(checksum, isBigEndian: header.isBigEndian)
      checksum = frame.checksum
      return isWhole
    }
    return rest.filter(\.isOfLife)
  }

  func start(of frame: Int) -> Int { 32 + frame * (header.pageByteCount + 24) }

  /// The same with another byte at a place of a frame.
  func flipping(_ place: Int, in frame: Int) -> [UInt8] {
    var other = bytes
    other[start(of: frame) + place] ^= 0x10
    return other
  }

  /// The same with its last frame, as `change` leaves that, once more behind it.
  func repeatingLast(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> LogBytes {
    let last = try #require(frames.last)
    var frame = Array(last.bytes)
    change(&frame)
    let sum = last.checksum.adding(frame[0..<8], isBigEndian: header.isBigEndian)
      .adding(frame[24...], isBigEndian: header.isBigEndian)
    frame.replaceSubrange(16..<24, with: sum.bytes)
    return try LogBytes(bytes + frame)
  }
}

/// What a loss of power leaves of a header is none.
struct NoLog: Error {}

extension WriteAheadLog.Checksum {
  /// As a frame has it.
  fileprivate var bytes: [UInt8] {
    [first, second].flatMap { word in withUnsafeBytes(of: word.bigEndian, Array.init) }
  }
}
