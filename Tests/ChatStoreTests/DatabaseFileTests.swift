import ChatCore
import Foundation
import Testing

@testable import ChatStore

@Suite struct DatabaseFileTests {
  private func mode(of path: String) throws -> Int {
    try #require(
      FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test func `The database and its log are their owner's alone`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      for suffix in ["", "-wal", "-shm"] { #expect(try mode(of: path + suffix) == 0o600) }
    }
  }

  @Test func `A file that is there stays as it is`() async throws {
    try await withPath { path in
      try Data("words".utf8).write(to: URL(fileURLWithPath: path))
      try DatabaseFile.make(at: path)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("words".utf8))
    }
  }

  @Test func `A folder that is not there is named`() async throws {
    try await withPath { path in
      let path = path + "/none/chat.db"
      #expect(
        throws: ChatError.unavailable(
          reason: "\(path): the database can't be opened: No such file or directory")
      ) { try SQLiteStore(path: path) }
    }
  }

  @Test func `A log whose database is gone is not thrown away`() async throws {
    try await withPath { path in
      let log = Data(repeating: 7, count: 5000)
      try log.write(to: URL(fileURLWithPath: path + "-wal"))
      #expect(throws: ChatError.self) { try SQLiteStore(path: path) }
      #expect(throws: StoreError.logWithoutDatabase) { try DatabaseFile.make(at: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")) == log)
    }
  }
}
