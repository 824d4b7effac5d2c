import CArchive
import CZlib
import Foundation

/// Archives as other programs write them, and as none should.
enum Archives {
  static let manifest = "name = \"One\"\ncommand = [\"cat\"]\n"

  /// A file of a tar: its header and its blocks.
  static func tarFile(
    _ path: String, _ content: String = "", type: Character = "0", link: String = "",
    mode: String = "0000644"
  ) -> [UInt8] {
    let size = String(content.utf8.count, radix: 8)
    var block = padded(path, 100) + padded(mode, 8) + padded("0000000", 8) + padded("0000000", 8)
    block += padded(String(repeating: "0", count: 11 - size.count) + size, 12)
    block += padded("00000000000", 12) + [UInt8](repeating: 32, count: 8) + Array("\(type)".utf8)
    block += padded(link, 100) + Array("ustar\u{0}00".utf8)
    block += [UInt8](repeating: 0, count: 512 - block.count)
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    block.replaceSubrange(
      148..<156, with: padded(String(repeating: "0", count: 6 - sum.count) + sum, 8))
    return block + padded(content, (content.utf8.count + 511) / 512 * 512)
  }

  static func tar(_ files: [UInt8]...) -> [UInt8] {
    files.flatMap { $0 } + [UInt8](repeating: 0, count: 1024)
  }

  private static func padded(_ text: String, _ count: Int) -> [UInt8] {
    Array(text.utf8.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - text.utf8.count))
  }

  /// A file in a zip.
  struct ZipFile {
    var path: String
    var content = ""
    /// The type and permissions that Unix keeps; nil: written elsewhere.
    var mode: UInt32? = 0o100_644
    var flags = 0
    var method = 0
    /// What it says that it holds, where that is not so.
    var byteCount: Int?
    var checksum: UInt32?
  }

  static func zip(_ files: ZipFile...) -> [UInt8] {
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for file in files {
      let content = Array(file.content.utf8)
      let sum = file.checksum ?? UInt32(crc32(0, content, UInt32(content.count)))
      let common =
        number(20, 2) + number(file.flags, 2) + number(file.method, 2) + number(0, 4)
        + number(Int(sum), 4) + number(content.count, 4)
        + number(file.byteCount ?? content.count, 4)
        + number(file.path.utf8.count, 2) + number(0, 2)
      directory += number(0x0201_4B50, 4) + [20, file.mode == nil ? 0 : 3] + common
      directory += number(0, 6) + number(Int(file.mode ?? 0) << 16, 4) + number(bytes.count, 4)
      directory += Array(file.path.utf8)
      bytes += number(0x0403_4B50, 4) + common + Array(file.path.utf8) + content
    }
    let end =
      number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
      + number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
    return bytes + directory + end
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
