import CWarden
package import ChildProtocol
import Foundation

/// What a chatd may leave that is killed together with its warden: what its children had daemonised
/// falls to init then. Kept in the data folder; the next chatd ends it before it starts anything.
///
/// They are known by the cgroup of their warden, where there is one, and by `CHATD_SOCKET` in their
/// environment: a path that no other chatd has had and that only what was started below this one
/// can know. Whatever was started before it, or in another boot, is innocent.
package struct Leftovers: Sendable {
  private static let timeoutMilliseconds: Int32 = 5000

  private let boot: String
  private let start: UInt64
  private let sockets: String
  private var groups: [String] = []

  /// Of this process, whose children's sockets are in the folder `sockets`.
  /// - Throws: `ChildError` where /proc can't be read.
  package init(sockets: String) throws(ChildError) {
    self.sockets = sockets
    var ticks: UInt64 = 0
    let result = warden_process_start(getpid(), &ticks)
    guard result == 0 else { throw .system(doing: "reading /proc/self/stat", errno: -result) }
    start = ticks
    boot = try Self.currentBoot()
  }

  /// Reads what an earlier chatd kept; nil where that is not what one writes.
  package init?(_ json: JSON) {
    guard let boot = json["boot"]?.string, let start = json["start_ticks"]?.int,
      let sockets = json["sockets"]?.string, start >= 0
    else { return nil }
    self.boot = boot
    self.start = UInt64(start)
    self.sockets = sockets
    groups = json["cgroups"]?.array?.compactMap(\.string) ?? []
  }

  /// Adds the cgroup of a warden.
  package mutating func add(group: String) { groups.append(group) }

  /// Writes it as members of an object.
  package func write(to object: inout JSONWriter) {
    object.field("boot", boot)
    object.field("start_ticks", Int64(start))
    object.field("sockets", sockets)
    object.field("cgroups", JSON.array(groups.map { .string($0) }))
  }

  /// Ends what is left. Blocks until that is done, a few seconds at most.
  /// - Returns: how many processes had to be ended, those in cgroups not counted.
  /// - Throws: `ChildError` where something could not be ended.
  package func end() throws(ChildError) -> Int {
    guard boot == (try Self.currentBoot()) else { return 0 }
    for group in groups {
      let result = warden_sweep_cgroup(group, Self.timeoutMilliseconds)
      guard result >= 0 else {
        throw .system(doing: "ending what an earlier chatd left in \(group)", errno: -result)
      }
    }
    let result = warden_sweep("CHATD_SOCKET=\(sockets)/", start, Self.timeoutMilliseconds)
    guard result >= 0 else {
      throw .system(doing: "ending what an earlier chatd left", errno: -result)
    }
    return Int(result)
  }

  private static func currentBoot() throws(ChildError) -> String {
    var name = [CChar](repeating: 0, count: 37)
    let result = warden_boot_id(&name, name.count)
    guard result == 0 else { throw .system(doing: "reading the boot's name", errno: -result) }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
