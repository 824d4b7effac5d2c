import Foundation

/// SQLite's write-ahead log as a file (sqlite.org/fileformat.html §4), read without SQLite, to find
/// damage of which SQLite says nothing.
///
/// SQLite takes the first frame that does not fit for the end of the log: where a crash left it so,
/// that is right. Where such a frame was damaged later, the commits behind it are gone without a
/// word, and are written over. The one is told from the other by what stands behind: a commit is
/// flushed before the first frame of the next transaction is written (`synchronous` is FULL), so that
/// a crash leaves frames that don't fit in the last transaction alone. Each frame's checksum goes on
/// from that of the one before it. Where behind the frame that does not fit another frame goes on
/// from a commit, all up to that commit had been on the disk.
///
/// What was begun and given up stays behind the end too: frames of a transaction that was rolled back
/// after some had been written, or could not be flushed, under the salts of the log. Nothing goes on
/// from the commit of one that failed. Frames of the log's earlier lives have other salts.
enum WriteAheadLog {
  /// The first frame of a log that does not fit although it was on the disk; counted from 1.
  ///
  /// Another process may write meanwhile: a frame that is being written does not fit either. But it
  /// is whole before the next transaction begins, so one look after another tells.
  /// - Returns: nil where nothing is known to be damaged, or there is no log.
  /// - Throws: `StoreError.cannotOpen` where it can't be read.
  static func damagedFrame(of path: String) throws(StoreError) -> Int? {
    var before: Damage?
    for _ in 0..<lookCount {
      guard let damage = try damage(of: path) else { return nil }
      if damage == before { return damage.frame }
      before = damage
    }
    return nil
  }

  /// Two that agree are needed. One that goes on to change is in use, and not by who trusts it less.
  private static let lookCount = 5

  private struct Damage: Equatable {
    let header: Header
    let frame: Int
  }

  private static func damage(of path: String) throws(StoreError) -> Damage? {
    guard let file = FileHandle(forReadingAtPath: path) else {
      if errno == ENOENT { return nil }
      throw .cannotOpen(reason: "its log (-wal): \(String(cString: strerror(errno)))")
    }
    do {
      guard let header = Header(try file.read(upToCount: Header.byteCount)) else { return nil }
      guard let frame = try firstDamaged(in: file, header) else { return nil }
      // Begun anew meanwhile, it has other salts.
      try file.seek(toOffset: 0)
      let now = Header(try file.read(upToCount: Header.byteCount))
      return now == header ? Damage(header: header, frame: frame) : nil
    } catch {
      throw .cannotOpen(reason: "its log (-wal): \(error.localizedDescription)")
    }
  }

  private static func firstDamaged(in file: FileHandle, _ header: Header) throws -> Int? {
    var frames = Frames(header)
    let frameByteCount = Frame.headerByteCount + header.pageByteCount
    // About a quarter of a megabyte at once.
    let chunkByteCount = max(1, (1 << 18) / frameByteCount) * frameByteCount
    while let chunk = try file.read(upToCount: chunkByteCount), !chunk.isEmpty {
      // Its own copy: the places in it count from 0.
      let bytes = [UInt8](chunk)
      for start in stride(from: 0, through: bytes.count - frameByteCount, by: frameByteCount) {
        let frame = Frame(bytes[start..<start + frameByteCount], header)
        if let damaged = frames.add(frame) { return damaged }
      }
    }
    return nil
  }
}

extension WriteAheadLog {
  /// The first 32 bytes.
  struct Header: Equatable {
    static let byteCount = 32

    let pageByteCount: Int
    /// Those of this life of the log, for each of its frames to have.
    let salts: UInt64
    let isBigEndian: Bool
    let checksum: Checksum

    /// nil: SQLite finds no log behind it.
    init?(_ data: Data?) {
      guard let data, data.count == Self.byteCount else { return nil }
      let bytes = [UInt8](data)
      let magic = bytes.word(at: 0)
      guard magic & ~1 == 0x377f_0682, bytes.word(at: 4) == 3_007_000 else { return nil }
      isBigEndian = magic & 1 == 1
      pageByteCount = Int(bytes.word(at: 8))
      salts = UInt64(bytes.word(at: 16)) << 32 | UInt64(bytes.word(at: 20))
      checksum = Checksum(bytes.word(at: 24), bytes.word(at: 28))
      guard (512...65536).contains(pageByteCount), pageByteCount.nonzeroBitCount == 1,
        Checksum().adding(bytes[0..<24], isBigEndian: isBigEndian) == checksum
      else { return nil }
    }
  }

  /// One page as a transaction left it.
  struct Frame {
    static let headerByteCount = 24

    let bytes: ArraySlice<UInt8>
    let page: UInt32
    let isCommit: Bool
    /// Whether it is of the log's present life.
    let isOfLife: Bool
    let checksum: Checksum

    init(_ bytes: ArraySlice<UInt8>, _ header: Header) {
      self.bytes = bytes
      page = bytes.word(at: 0)
      isCommit = bytes.word(at: 4) != 0
      isOfLife =
        UInt64(bytes.word(at: 8)) << 32 | UInt64(bytes.word(at: 12)) == header.salts
      checksum = Checksum(bytes.word(at: 16), bytes.word(at: 20))
    }

    /// Whether it was written behind the frame, or the header, that ends with `before`.
    func follows(_ before: Checksum, isBigEndian: Bool) -> Bool {
      guard isOfLife, page != 0 else { return false }
      let start = bytes.startIndex
      return before.adding(bytes[start..<start + 8], isBigEndian: isBigEndian)
        .adding(bytes[(start + Self.headerByteCount)...], isBigEndian: isBigEndian) == checksum
    }

    /// Where a disk can't write less than a sector without touching what is beside it, SQLite
    /// repeats a commit's last frame to the end of the sector, and flushes after that.
    func repeats(_ other: Frame) -> Bool {
      let start = Self.headerByteCount
      return isCommit && page == other.page
        && bytes.dropFirst(start) == other.bytes.dropFirst(start)
    }
  }

  /// Takes the frames in their order, and finds damage.
  struct Frames {
    private let header: Header
    private var count = 0
    /// That of the last frame.
    private var checksum: Checksum
    /// The first frame that does not fit.
    private var end: Int?
    /// The last frame where it ends a transaction and was written behind the one before it: where
    /// the power failed, its head may be in part of this transaction and in part of another.
    private var commit: Frame?

    init(_ header: Header) {
      self.header = header
      checksum = header.checksum
    }

    /// - Returns: the first frame that does not fit, once it is certain that it was on the disk.
    mutating func add(_ frame: Frame) -> Int? {
      count += 1
      let follows = frame.follows(checksum, isBigEndian: header.isBigEndian)
      checksum = frame.checksum
      if end == nil {
        if !follows { end = count }
        return nil
      }
      if let commit, follows, !frame.repeats(commit) { return end }
      commit = follows && frame.isCommit ? frame : nil
      return nil
    }
  }

  /// Two sums over pairs of words, each of which goes into the other.
  struct Checksum: Equatable {
    let first: UInt32
    let second: UInt32

    init(_ first: UInt32 = 0, _ second: UInt32 = 0) { (self.first, self.second) = (first, second) }

    /// `bytes`: a multiple of 8, which begin at a multiple of 4 of an array, as all of a log do.
    func adding(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> Checksum {
      var (first, second) = (first, second)
      // Words by pointer, in the plainest of loops: without optimisation all else takes a hundred
      // times as long.
      bytes.withUnsafeBytes { bytes in
        let words = bytes.bindMemory(to: UInt32.self)
        guard var word = words.baseAddress else { return }
        let end = word + words.count
        let isSwapped = isBigEndian != (UInt32(1).bigEndian == 1)
        while word < end {
          first &+= (isSwapped ? word[0].byteSwapped : word[0]) &+ second
          second &+= (isSwapped ? word[1].byteSwapped : word[1]) &+ first
          word += 2
        }
      }
      return Checksum(first, second)
    }
  }
}

extension RandomAccessCollection<UInt8> where Index == Int {
  /// Four bytes, the highest first; `offset` counts from the beginning of this slice.
  fileprivate func word(at offset: Int) -> UInt32 {
    self[(startIndex + offset)..<(startIndex + offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
