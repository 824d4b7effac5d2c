import ChildProtocol
import Foundation

/// The folder that is one chatd's: database, logs, and where it can be found while it runs.
final class DataFolder: Sendable {
  /// Why the folder can't be used.
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  let url: URL
  /// The children's sockets: outside, since their paths have to be short.
  let sockets: URL
  private let lock: Int32

  var database: URL { url.appendingPathComponent("chatd.sqlite") }
  var logs: URL { url.appendingPathComponent("logs") }
  private var card: URL { Self.card(in: url) }

  /// Makes the folder, with mode 0700, and takes it for this process.
  /// - Throws: `Refused`, naming the process that holds it.
  init(_ url: URL) throws(Refused) {
    self.url = url
    do {
      let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent("logs"), withIntermediateDirectories: true,
        attributes: attributes)
      try FileManager.default.setAttributes(attributes, ofItemAtPath: url.path)
    } catch {
      // Foundation's own words often say no more than that it failed.
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
      let reason = cause.map { String(cString: strerror($0.code.rawValue)) }
      throw Refused(
        description:
          "data: \(url.path) can't be made: \(reason ?? error.localizedDescription)")
    }
    let lockPath = url.appendingPathComponent("chatd.lock").path
    lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      throw Refused(
        description: "data: \(lockPath) can't be opened: \(String(cString: strerror(errno)))")
    }
    // Held by the descriptor: it goes with the process, however that ends.
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let pid = (try? String(contentsOfFile: lockPath, encoding: .utf8)) ?? "unknown"
      close(lock)
      throw Refused(
        description:
          "data: \(url.path) is held by another chatd, process \(pid.trimmingCharacters(in: .whitespacesAndNewlines))"
      )
    }
    ftruncate(lock, 0)
    let pid = Array("\(getpid())\n".utf8)
    _ = pwrite(lock, pid, pid.count, 0)
    Self.removeSockets(namedIn: Self.card(in: url))
    sockets = try Self.makeSocketFolder()
  }

  /// Writes down where this chatd is to be found; readable by its user alone.
  func announce(http: String, ws: String) throws {
    var writer = JSONWriter()
    writer.object {
      $0.field("pid", Int64(getpid()))
      $0.field("http", http)
      $0.field("ws", ws)
      $0.field("sockets", sockets.path)
    }
    try Data(writer.bytes).write(to: card, options: .atomic)
    chmod(card.path, 0o600)
  }

  /// Gives the folder up.
  func leave() {
    unlink(card.path)
    Self.removeFolder(sockets)
    ftruncate(lock, 0)
    close(lock)
  }

  /// Where the chatd that runs on a data folder says how to reach it.
  static func card(in url: URL) -> URL { url.appendingPathComponent("chatd.json") }

  private static func makeSocketFolder() throws(Refused) -> URL {
    var template = Array("/tmp/chatd-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Refused(
        description:
          "no folder for sockets can be made in /tmp: \(String(cString: strerror(errno)))")
    }
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    return URL(fileURLWithPath: path)
  }

  /// Removes what a chatd left that was killed.
  private static func removeSockets(namedIn card: URL) {
    guard let data = try? Data(contentsOf: card), let json = try? JSON(parsing: data),
      let path = json["sockets"]?.string, path.hasPrefix("/tmp/chatd-"), !path.contains("..")
    else { return }
    removeFolder(URL(fileURLWithPath: path))
  }

  private static func removeFolder(_ url: URL) {
    do { try FileManager.default.removeItem(at: url) } catch {
      // It is in /tmp, where somebody may have cleaned up before.
      if FileManager.default.fileExists(atPath: url.path) {
        FileHandle.standardError.write(Data("chatd: \(url.path) could not be removed\n".utf8))
      }
    }
  }
}
