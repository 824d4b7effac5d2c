import CZlib

/// Bytes as gzip has them (RFC 1952), as few as zlib makes of them.
enum Gzip {
  /// 15 bits of window, and 16 for gzip's header and checksum (zlib.h, `deflateInit2`).
  private static let windowBits: Int32 = 15 + 16
  /// The most memory that zlib takes: a quarter of a megabyte, while this lasts.
  private static let memoryLevel: Int32 = 9

  /// Takes about 50 ms for a megabyte. The same bytes come to the same ones each time.
  /// - Parameter bytes: less than 4 GiB.
  /// - Returns: nil where zlib has no memory.
  static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    // zlib wants it to stay where it was when it began.
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
      let begun = deflateInit2_(
        stream, Z_BEST_COMPRESSION, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY,
        ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      guard begun == Z_OK else { return nil }
      defer { deflateEnd(stream) }
      return finish(stream, bytes)
    }
  }

  private static func finish(
    _ stream: UnsafeMutablePointer<z_stream>, _ bytes: [UInt8]
  ) -> [UInt8]? {
    let limit = Int(deflateBound(stream, UInt(bytes.count)))
    var isWhole = false
    let compressed = bytes.withUnsafeBufferPointer { input in
      [UInt8](unsafeUninitializedCapacity: limit) { output, count in
        // It is declared as if it were written to, and only read.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(limit)
        isWhole = deflate(stream, Z_FINISH) == Z_STREAM_END
        count = limit - Int(stream.pointee.avail_out)
      }
    }
    return isWhole ? compressed : nil
  }
}
