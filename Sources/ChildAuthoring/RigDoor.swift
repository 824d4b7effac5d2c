import ChatChildren
import Foundation

/// The socket at which one child, and nobody else, is let in; and the folder that it is in.
struct RigDoor: Sendable {
  /// What SO_PEERCRED yields, `struct ucred` of unix(7).
  private struct Credentials {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
  }

  let listener: Int32
  let path: String
  /// Stays open once the child is in, to see who else comes.
  let isKept: Bool
  private let user: UInt32

  /// Makes the socket, for a child that runs as `account`, or as chatd does.
  init(for account: Account?, isKept: Bool) throws(AuthoringError) {
    var template = Array("/tmp/chatd-rig-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Self.failure("making a folder in /tmp") }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // A child that runs as another user has to get to its socket.
    chmod(folder, 0o711)
    path = folder + "/s"
    self.isKept = isKept
    user = account?.user ?? geteuid()
    listener = socket(
      AF_UNIX,
      Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    do throws(AuthoringError) {
      try bind()
      if let account { try Self.give(path, to: account) }
    } catch {
      close()
      throw error
    }
  }

  private func bind() throws(AuthoringError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard listener >= 0, result == 0, listen(listener, 4) == 0 else {
      throw Self.failure("listening at \(path)")
    }
  }

  private static func give(_ path: String, to account: Account) throws(AuthoringError) {
    do throws(ChildError) { try account.own(socket: path) } catch {
      throw AuthoringError(.system, "\(error)")
    }
  }

  private static func failure(_ doing: String) -> AuthoringError {
    AuthoringError(.system, "\(doing) failed: \(ChildError.system(doing: "it", errno: errno))")
  }

  /// Takes whoever is at the door in, if it is the process `leader` or one of its session.
  /// - Returns: the connection; nil where it was somebody else's or has gone.
  func accept(leader: Int32, board: RigBoard) -> Int32? {
    let taken = Foundation.accept(listener, nil, nil)
    guard taken >= 0 else { return nil }
    _ = fcntl(taken, F_SETFD, FD_CLOEXEC)
    _ = fcntl(taken, F_SETFL, O_NONBLOCK)
    var peer = Credentials()
    var size = socklen_t(MemoryLayout<Credentials>.size)
    let result = getsockopt(taken, SOL_SOCKET, SO_PEERCRED, &peer, &size)
    let session = getsid(peer.pid)
    guard result == 0, peer.uid == user, session == leader else {
      board.note("a connection of session \(session), which is not the child's, was refused")
      Foundation.close(taken)
      return nil
    }
    return taken
  }

  /// Removes socket and folder.
  func close() {
    if listener >= 0 { Foundation.close(listener) }
    unlink(path)
    rmdir((path as NSString).deletingLastPathComponent)
  }
}
