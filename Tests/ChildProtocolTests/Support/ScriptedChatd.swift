import ChildProtocol
import Foundation

/// chatd's side of a child's socket, led step by step by a test: a listener on a Unix domain socket
/// and the one connection that it takes. Blocking; each step gives up with an error after
/// `patience`.
final class ScriptedChatd: Sendable {
  struct Fault: Error, CustomStringConvertible {
    let description: String
    init(_ step: String) { description = "\(step): \(String(cString: strerror(errno)))" }
  }

  /// Far longer than anything here takes, so that only a hang comes up against it.
  private static let patience = timeval(tv_sec: 30, tv_usec: 0)

  let path: String
  private let folder: String
  private let listener: Int32

  init() throws {
    var template = Array("/tmp/chat-session-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Fault("mkdtemp") }
    folder = String(cString: made)
    path = folder + "/socket"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0, listen(listener, 1) == 0 else { throw Fault("listen") }
  }

  deinit {
    close(listener)
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Waits for the child.
  func accept() throws -> Connection {
    var patience = Self.patience
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { throw Fault("accept") }
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    return Connection(descriptor)
  }

  /// The connection to the child; closed at the end of its life.
  final class Connection {
    private let descriptor: Int32
    private var decoder = FrameDecoder()
    private var isOpen = true

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { hangUp() }

    /// Ends the stream.
    func hangUp() {
      if isOpen { close(descriptor) }
      isOpen = false
    }

    /// Writes one frame, in pieces of `pieceByteCount`.
    func send(_ json: String, pieceByteCount: Int = .max) throws {
      try sendRaw(Frame.encode(json.utf8), pieceByteCount: pieceByteCount)
    }

    /// Writes these very bytes.
    func sendRaw(_ bytes: [UInt8], pieceByteCount: Int = .max) throws {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.prefix(pieceByteCount).withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw Fault("send") }
        rest = rest.dropFirst(count)
      }
    }

    /// The text of the next frame from the child; nil at the end of the stream.
    func receive() throws -> String? {
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        if case .whole(let bytes)? = try decoder.next() {
          return String(decoding: bytes, as: UTF8.self)
        }
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Fault("recv") }
        if count == 0 { return nil }
        decoder.append(Array(chunk[..<count]))
      }
    }
  }
}
