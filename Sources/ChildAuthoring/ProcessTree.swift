import Foundation

/// What runs below a process.
enum ProcessTree {
  struct Process: Hashable {
    let pid: Int32
    let name: String
    let parent: Int32
    let isDead: Bool
  }

  /// What still runs below `leader` when all has ended that would, or the time is over.
  static func left(below leader: Int32, within limit: Duration) -> [Process] {
    let end = ContinuousClock.now + limit
    while true {
      let left = below(leader)
      if left.isEmpty || ContinuousClock.now >= end { return left }
      usleep(10_000)
    }
  }

  /// What lives below `leader`, by its number.
  static func below(_ leader: Int32) -> [Process] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let all = names.compactMap { Int32($0).flatMap(read) }
    var found: Set<Int32> = [leader]
    var count = 0
    while count < found.count {
      count = found.count
      for process in all where found.contains(process.parent) { found.insert(process.pid) }
    }
    found.remove(leader)
    return all.filter { found.contains($0.pid) && !$0.isDead }.sorted { $0.pid < $1.pid }
  }

  /// Reads `/proc/PID/stat` (proc(5)): the name is in parentheses and may hold any character.
  private static func read(_ pid: Int32) -> Process? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else {
      return nil
    }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    let name = String(text[text.index(after: open)..<close])
    return Process(
      pid: pid, name: name, parent: parent, isDead: fields[0] == "Z" || fields[0] == "X")
  }
}
