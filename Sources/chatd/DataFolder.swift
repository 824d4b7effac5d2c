import ChatChildren
import ChatStore
import ChildProtocol
import Foundation
import Synchronization

/// The folder that is one chatd's: database, logs, and where it can be found while it runs.
final class DataFolder: Sendable {
  /// Why the folder can't be used.
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  let url: URL
  let sockets: URL
  private let lock: Int32
  private let card: Mutex<Card>

  var database: URL { Self.database(in: url) }
  var logs: URL { url.appendingPathComponent("logs") }

  /// Makes the folder, with mode 0700, takes it for this process, and ends what a chatd left that
  /// was killed on it.
  /// - Throws: `Refused`, naming the process that holds it.
  init(_ url: URL, environment: [String: String]) throws(Refused) {
    self.url = url
    do {
      let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent("logs"), withIntermediateDirectories: true,
        attributes: attributes)
      try FileManager.default.setAttributes(attributes, ofItemAtPath: url.path)
    } catch {
      throw Refused(description: "data: \(url.path) can't be made: \(Self.reason(error))")
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
    // In this order it keeps its room on a disk that is full.
    let pid = Array("\(getpid())\n".utf8)
    if pwrite(lock, pid, pid.count, 0) == pid.count { ftruncate(lock, off_t(pid.count)) }
    do {
      try Self.endLeftovers(of: Self.card(in: url))
      sockets = try SocketFolder.make(environment: environment)
      card = Mutex(Card(leftovers: try Leftovers(sockets: sockets.path)))
      try write { _ in }
    } catch let error as Refused {
      throw Refused(description: "data: \(error)")
    } catch {
      throw Refused(description: "data: \(url.path): \(error)")
    }
  }

  /// Foundation's own words often say no more than that it failed.
  private static func reason(_ error: any Error) -> String {
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
    return cause.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
  }

  /// Writes down where this chatd is to be found; readable by its user alone.
  func announce(http: String, ws: String) throws {
    try write { $0.addresses = (http, ws) }
  }

  /// Writes down where what is left of this chatd would be found.
  func keep(group: String) throws { try write { $0.leftovers.add(group: group) } }

  private func write(_ change: (inout Card) -> Void) throws {
    try card.withLock { card in
      change(&card)
      let path = Self.card(in: url)
      do { try Data(card.json).write(to: path, options: .atomic) } catch {
        // A full disk has no room for a second one, but the first has its own.
        guard Self.overwrite(path.path, with: card.json) else {
          throw Refused(
            description:
              "\(path.path) can't be written: \(Self.reason(error))\(Self.want(of: url))")
        }
      }
      chmod(path.path, 0o600)
    }
  }

  private static func overwrite(_ path: String, with bytes: [UInt8]) -> Bool {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return pwrite(file, bytes, bytes.count, 0) == bytes.count
      && ftruncate(file, off_t(bytes.count)) == 0
  }

  /// What the disk of a folder is short of, to be put behind a sentence; empty where it has room
  /// enough for chatd to start.
  static func want(of folder: URL) -> String {
    guard let free = FreeSpace.byteCount(at: folder.path), free < leastByteCount else { return "" }
    return """
      ; \(free / 1024) KiB are free on the disk of \(folder.path), and chatd takes \
      \(leastByteCount / 1024) KiB to start: make room there
      """
  }

  /// For the index of SQLite's write-ahead log, its first frames, and small files.
  private static let leastByteCount: UInt64 = 128 << 10

  /// Gives the folder up.
  func leave() {
    unlink(Self.card(in: url).path)
    Self.removeSockets(sockets.path)
    ftruncate(lock, 0)
    close(lock)
  }

  /// Where a data folder has its database.
  static func database(in url: URL) -> URL { url.appendingPathComponent("chatd.sqlite") }

  /// Where the chatd that runs on a data folder says how to reach it.
  static func card(in url: URL) -> URL { url.appendingPathComponent("chatd.json") }

  /// Ends and removes what a chatd left that was killed.
  private static func endLeftovers(of card: URL) throws(ChildError) {
    guard let data = try? Data(contentsOf: card), let json = try? JSON(parsing: data),
      let path = json["sockets"]?.string
    else { return }
    if let ended = try Leftovers(json)?.end(), ended > 0 {
      Exit.say("an earlier chatd was killed: \(ended) processes that it left have been ended")
    }
    removeSockets(path)
  }

  private static func removeSockets(_ path: String) {
    if let problem = SocketFolder.remove(path) { Exit.say(problem) }
  }
}

/// What a chatd that runs writes down about itself.
private struct Card {
  var leftovers: Leftovers
  /// Nil while it is starting.
  var addresses: (http: String, ws: String)?

  init(leftovers: Leftovers) { self.leftovers = leftovers }

  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.field("pid", Int64(getpid()))
      if let addresses {
        $0.field("http", addresses.http)
        $0.field("ws", addresses.ws)
      }
      leftovers.write(to: &$0)
    }
    return writer.bytes
  }
}
