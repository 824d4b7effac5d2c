import ChildProtocol
import Foundation
import Testing

/// Where a process stands among others.
struct Parentage {
  let parent: Int32
  let group: Int32
  let session: Int32

  /// Reads `/proc/PID/stat`, whose second field may hold anything.
  init(of pid: Int32) throws {
    let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    let end = try #require(stat.lastIndex(of: ")"))
    let fields = stat[end...].split(separator: " ").dropFirst(2).prefix(3).compactMap { Int32($0) }
    try #require(fields.count == 3)
    (parent, group, session) = (fields[0], fields[1], fields[2])
  }
}
