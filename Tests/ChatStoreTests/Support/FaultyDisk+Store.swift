import ChatCore
import Foundation
import GRDB
import TestSupport

@testable import ChatStore

/// Runs `body` with a disk under a folder of its own, and the path of a database in it that does
/// not exist yet.
func withFaultyDisk<T>(_ body: (FaultyDisk, String) async throws -> T) async throws -> T {
  let folder = try TemporaryFolder()
  let disk = try FaultyDisk(under: folder.folder("disk"))
  return try await body(disk, disk.folder.appendingPathComponent("chat.db").path)
}

extension SQLiteStore {
  /// What was said, in its order.
  func texts() async throws -> [String] {
    try await changes(after: 1, limit: .max).compactMap { change in
      if case .entry(let entry) = change { entry.text } else { nil }
    }
  }

  /// Sets up the writer's connection otherwise than the store does.
  func execute(_ pragma: String) throws {
    try pool.writeWithoutTransaction { try $0.execute(sql: pragma) }
  }

  /// What SQLite itself finds wrong with the database.
  func damage() async throws -> [String] {
    let found = try await pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    return found.filter { $0 != "ok" }
  }
}

/// A database as it was found after a loss of power.
struct FoundDatabase {
  let path: String

  /// Puts the files of `disk`, after `loss`, into a folder of their own within `folder`.
  init(on disk: FaultyDisk, after loss: PowerLoss, within folder: TemporaryFolder) throws {
    try self.init(disk.files(after: loss), within: folder)
  }

  init(_ files: [String: [UInt8]], within folder: TemporaryFolder) throws {
    let place = folder.url.appendingPathComponent(UUID().uuidString)
    try FaultyDisk.put(files, into: place)
    path = place.appendingPathComponent("chat.db").path
  }

  /// Opens it, as the next start of chatd would.
  func open() throws -> SQLiteStore { try SQLiteStore(path: path) }
}
