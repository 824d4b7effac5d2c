import ChildProtocol
import Glibc

/// The adapter's end of its socket: frames in and out, never blocking.
final class FilterSocket {
  let descriptor: FilterDescriptor
  private var decoder = FrameDecoder()
  private var outgoing: [UInt8] = []
  private var sentCount = 0
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)

  /// Bytes that chatd has not taken yet.
  var outgoingCount: Int { outgoing.count - sentCount }

  /// Connects to the Unix domain socket at `path`.
  /// - Throws: `AuthoringError.Kind.system` with the step that failed.
  init(connectingTo path: String) throws(AuthoringError) {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw Self.failed("make a socket", errno) }
    descriptor = FilterDescriptor(number)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard bytes.count <= room else {
      throw AuthoringError(.usage, "CHATD_SOCKET is longer than \(room) bytes: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Self.failed("connect to CHATD_SOCKET, \(path)", errno) }
    do { try descriptor.unblock() } catch { throw Self.failed("set up the socket", error.code) }
  }

  /// Reads what has come.
  /// - Returns: its messages in order; nil at the end of the stream.
  /// - Throws: `AuthoringError` where chatd breaks the protocol: nothing can be trusted then.
  func receive() throws(AuthoringError) -> [RPCMessage]? {
    switch descriptor.read(into: &chunk) {
    case .nothing: return []
    case .end: return nil
    case .bytes(let count): decoder.append(Array(chunk[..<count]))
    }
    var messages: [RPCMessage] = []
    do {
      while case .whole(let bytes)? = try decoder.next() {
        messages.append(try RPCMessage(parsing: bytes, depthLimit: JSON.depthLimit))
      }
    } catch {
      throw AuthoringError(.system, "child exec: chatd sent what is no message: \(error)")
    }
    return messages
  }

  /// Puts a message of ours on its way.
  func queue(_ json: [UInt8]) { outgoing.append(contentsOf: Frame.encode(json)) }

  /// Writes what there is room for.
  /// - Returns: false where chatd is gone.
  func send() -> Bool {
    while outgoingCount > 0 {
      guard let count = descriptor.write(outgoing[sentCount...]) else { return false }
      if count == 0 { break }
      sentCount += count
    }
    if outgoingCount == 0 {
      outgoing.removeAll(keepingCapacity: outgoing.capacity <= 64 << 10)
      sentCount = 0
    }
    return true
  }

  /// Writes what is left, for as long as last words may take.
  func finish() {
    while send(), outgoingCount > 0 {
      var end = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
      if poll(&end, 1, FilterLimits.farewellMS) <= 0 { return }
    }
  }

  private static func failed(_ step: String, _ code: Int32) -> AuthoringError {
    AuthoringError(.system, "child exec: could not \(step): \(FilterSystemError(code))")
  }
}
