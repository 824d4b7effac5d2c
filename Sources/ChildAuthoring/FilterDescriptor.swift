import Glibc

/// A descriptor that is closed with its owner. The adapter's own are non-blocking and are not
/// inherited.
final class FilterDescriptor: Sendable {
  let number: Int32

  /// Takes over `number`.
  init(_ number: Int32) { self.number = number }

  deinit { _ = close(number) }

  /// What a read found.
  enum Reading: Equatable {
    case bytes(Int)
    /// Nothing yet.
    case nothing
    /// Nothing ever again.
    case end
  }

  /// Reads what is there into `buffer`, which is never empty.
  func read(into buffer: inout [UInt8]) -> Reading {
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
      if count > 0 { return .bytes(count) }
      if count < 0, errno == EINTR { continue }
      return count < 0 && errno == EAGAIN ? .nothing : .end
    }
  }

  /// Writes what there is room for.
  /// - Returns: how many bytes; nil: nobody reads any more.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    while true {
      let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      if errno == EINTR { continue }
      return errno == EAGAIN ? 0 : nil
    }
  }

  /// Makes reads and writes return at once.
  /// - Throws: the errno.
  func unblock() throws(FilterSystemError) {
    let flags = fcntl(number, F_GETFL)
    guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw FilterSystemError(errno)
    }
  }

  /// The ends of a new pipe. They are not inherited: nothing is started before that is said.
  /// - Throws: the errno, where there are no descriptors left.
  static func pipe() throws(FilterSystemError) -> (
    reading: FilterDescriptor, writing: FilterDescriptor
  ) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw FilterSystemError(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (FilterDescriptor(ends[0]), FilterDescriptor(ends[1]))
  }

  /// Puts the process's descriptors in order, before any is made: 0, 1 and 2 are taken, so that no
  /// pipe gets their numbers, and what else it was started with goes to no program.
  static func settle() {
    var number = open("/dev/null", O_RDWR | O_CLOEXEC)
    while (0...2).contains(number) { number = open("/dev/null", O_RDWR | O_CLOEXEC) }
    if number > 2 { _ = close(number) }
    guard let folder = opendir("/proc/self/fd") else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let number = Int32(name), number > 2 { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    }
  }
}

/// A system call that failed.
struct FilterSystemError: Error, Hashable, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  /// The system's own words.
  var description: String { String(cString: strerror(code)) }
}
