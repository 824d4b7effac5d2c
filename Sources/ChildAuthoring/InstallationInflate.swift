import CAuthoring

/// Unpacks what was packed by deflate (RFC 1951), up to a limit.
enum InstallationInflate {
  /// What stands around it.
  enum Wrapper: Int32 {
    /// RFC 1952.
    case gzip = 31
    /// Nothing, as in a zip.
    case none = -15
  }

  private static let chunkByteCount = 256 << 10

  /// The bytes in `packed`. What follows a gzip's end is another, or is ignored.
  /// - Throws: `tooLarge` as soon as they are more than `limit`, `damaged`.
  static func bytes(
    of packed: ArraySlice<UInt8>, _ wrapper: Wrapper, limit: Int
  ) throws(InstallationArchive.Fault) -> [UInt8] {
    var stream = z_stream()
    guard cauthoring_inflate_start(&stream, wrapper.rawValue) == Z_OK else { throw .damaged }
    defer { inflateEnd(&stream) }
    var unpacked: [UInt8] = []
    var rest = packed
    while true {
      let result = step(&stream, &rest, &unpacked)
      guard unpacked.count <= limit else { throw .tooLarge }
      if result == Z_STREAM_END {
        guard wrapper == .gzip, rest.starts(with: [0x1F, 0x8B]) else { return unpacked }
        guard inflateReset(&stream) == Z_OK else { throw .damaged }
      } else if result != Z_OK {
        throw .damaged
      }
    }
  }

  /// Unpacks one chunk more, and takes what it needs for that from `rest`.
  private static func step(
    _ stream: inout z_stream, _ rest: inout ArraySlice<UInt8>, _ unpacked: inout [UInt8]
  ) -> Int32 {
    let start = unpacked.count
    unpacked.append(contentsOf: repeatElement(0, count: chunkByteCount))
    var result = Z_OK
    let taken = rest.withUnsafeBufferPointer { input in
      unpacked.withUnsafeMutableBufferPointer { output in
        // zlib does not write to what it reads: its declaration is from before const.
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress?.advanced(by: start)
        stream.avail_out = UInt32(chunkByteCount)
        result = inflate(&stream, Z_NO_FLUSH)
        return input.count - Int(stream.avail_in)
      }
    }
    unpacked.removeLast(Int(stream.avail_out))
    rest = rest.dropFirst(taken)
    return result
  }

  /// The checksum that a zip keeps of a file.
  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
  }
}
