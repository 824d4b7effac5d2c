import CZlib
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import ChatWeb

struct GzipTests {
  /// The bytes with gzip taken off, by zlib's other half, which looks at the checksum.
  static func unpacked(_ bytes: [UInt8], byteCount: Int) -> [UInt8]? {
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
      guard
        inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
      else { return nil }
      defer { inflateEnd(stream) }
      var (input, output) = (bytes, [UInt8](repeating: 0, count: byteCount + 1))
      return input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
          (stream.pointee.next_in, stream.pointee.avail_in) = (
            input.baseAddress, UInt32(input.count)
          )
          (stream.pointee.next_out, stream.pointee.avail_out) = (
            output.baseAddress, UInt32(output.count)
          )
          guard inflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
          return Array(output.prefix(output.count - Int(stream.pointee.avail_out)))
        }
      }
    }
  }

  @Test(arguments: [0, 1, 2, 1023, 65_537, 1 << 20])
  func whatIsPackedComesOutAsItWas(_ count: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(count))
    for range in [UInt8(0)...255, 97...99] {
      let bytes = (0..<count).map { _ in UInt8.random(in: range, using: &numbers) }
      let packed = try #require(Gzip.compressed(bytes))
      #expect(Self.unpacked(packed, byteCount: count) == bytes)
      #expect(Gzip.compressed(bytes) == packed)
      if count > 1000, range.upperBound < 255 { #expect(packed.count < count / 3) }
      // One bit of it wrong is noticed.
      var wrong = packed
      wrong[wrong.count - 6] ^= 1
      #expect(Self.unpacked(wrong, byteCount: count) == nil)
    }
  }

  @Test(arguments: [
    ("gzip", true), ("GZip", true), ("x-gzip", true), ("gzip, deflate, br, zstd", true),
    ("br;q=1.0, gzip;q=0.8, *;q=0.1", true), (" deflate ,\tgzip ", true), ("*", true),
    ("gzip;q=0.001", true), ("identity;q=0, *", true), ("gzip;q=1, *;q=0", true),
    ("gzip ; Q=0.5", true), ("gzip;level=0", true), ("gzip;q=0, gzip", true),
    ("", false), ("br", false), ("deflate, br", false), ("identity", false), ("gzip;q=0", false),
    ("gzip;q=0.000", false), ("gzip ; Q = 0 ", false), ("*;q=0", false), ("gzip;q=0, *", false),
    ("br, *;q=0", false), ("gzipped", false), ("x-gzip;q=0", false), (",,;,", false),
  ])
  func whatAClientTakesIsReadAsItSays(_ field: String, _ hasGzip: Bool) {
    #expect(AcceptedCodings([.acceptEncoding: field]).hasGzip == hasGzip)
  }

  @Test func whoSaysNothingGetsWhatIsThere() {
    #expect(!AcceptedCodings([:]).hasGzip)
  }
}
