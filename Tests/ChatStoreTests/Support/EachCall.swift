import ChatCore
import Foundation
import Testing

@testable import ChatStore

/// Runs `body` with every third number from `first` on, until it says that no call had that one,
/// each time on a disk of its own with `files` on it.
///
/// Neighbours are much alike: a page is written in two calls, and there are many.
/// - Returns: at most how many calls there were.
func withEachCall(
  on files: [String: [UInt8]], from first: Int = 1,
  _ body: (_ number: Int, FaultyDisk, _ path: String) async throws -> Bool
) async throws -> Int {
  // More calls than anything here makes.
  for number in stride(from: first, to: 2000, by: 3) {
    let isOver = try await withFaultyDisk { disk, path in
      try disk.put(files)
      return try await body(number, disk, path)
    }
    if isOver { return number - 1 }
  }
  throw EndlessCalls()
}

struct EndlessCalls: Error {}

/// Databases to begin with.
enum Prepared {
  /// One that holds nothing yet.
  static func empty() async throws -> [String: [UInt8]] {
    try await withFaultyDisk { disk, path in
      try SQLiteStore(path: path).close()
      return disk.files(after: .none)
    }
  }

  /// None at all, and one that a kill left as it was; each with what was said in it.
  static func beginnings() async throws -> [(files: [String: [UInt8]], texts: [String])] {
    let texts = ["1", "2"]
    return [([:], []), (try await killed(after: texts), texts)]
  }

  /// One whose chatd was killed when its log held all of `texts`.
  static func killed(after texts: [String]) async throws -> [String: [UInt8]] {
    try await withFaultyDisk { disk, path in
      let store = try SQLiteStore(path: path)
      for text in texts { try await store.say(text) }
      return disk.files(after: .none)
    }
  }
}
