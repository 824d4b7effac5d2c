import Foundation

/// The child's end of its socket: blocking reads and writes of whole frames.
struct ChildSocket: ~Copyable {
  private let descriptor: Int32
  private var decoder = FrameDecoder()
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)

  /// Connects to the Unix domain socket at `path`.
  /// - Throws: `ChildSessionError` with the step that failed and the system's reason.
  init(connectingTo path: String) throws(ChildSessionError) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system("socket", errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard bytes.count <= room else {
      throw .environment("CHATD_SOCKET is longer than \(room) bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw .system("connect", errno) }
  }

  deinit { _ = close(descriptor) }

  /// The next frame, or nil at the end of the stream.
  mutating func read() throws(ChildSessionError) -> [UInt8]? {
    while true {
      do {
        if case .whole(let frame)? = try decoder.next() { return frame }
      } catch {
        throw .protocol(error.description)
      }
      let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count == 0 { return nil }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == ECONNRESET { return nil }
        throw .system("recv", errno)
      }
      chunk.withUnsafeBytes { decoder.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// Writes `json` as one frame.
  func write(_ json: [UInt8]) throws(ChildSessionError) {
    let frame = Frame.encode(json)
    var sent = 0
    while sent < frame.count {
      let count = frame.withUnsafeBytes {
        send(
          descriptor, $0.baseAddress?.advanced(by: sent), frame.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system("send", errno)
      }
      sent += count
    }
  }
}

/// Why a child's session could not begin or go on.
public enum ChildSessionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A variable of the environment is missing or wrong.
  case environment(String)
  /// A system call failed, with its errno.
  case system(String, Int32)
  /// chatd broke the protocol.
  case `protocol`(String)
  /// chatd refused a request of the child's.
  case refused(RPCFailure)
  /// chatd closed the session while the child waited for an answer.
  case closed

  /// The failure in words.
  public var description: String {
    switch self {
    case .environment(let reason): reason
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .protocol(let reason): "chatd sent \(reason)"
    case .refused(let failure): "chatd refused: \(failure)"
    case .closed: "chatd closed the session"
    }
  }
}
