import Foundation

/// A process of the same user that no kill may reach.
package final class Bystander: Sendable {
  /// Its number.
  package let pid: Int32

  /// Starts it, with `environment` and no other variables.
  package init(environment: [String: String] = [:]) throws {
    var pid: pid_t = 0
    let variables: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for variable in variables { free(variable) } }
    let words: [String] = ["sleep", "1000"]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let result = posix_spawn(&pid, "/bin/sleep", nil, nil, arguments, variables)
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .EINVAL) }
    self.pid = pid
  }

  deinit {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  package var isAlive: Bool { TestSupport.isAlive(pid) }
}

/// Whether a process of that number lives. A zombie does not.
package func isAlive(_ pid: Int32) -> Bool {
  guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
    let end = stat.lastIndex(of: ")")
  else { return false }
  return !stat[end...].dropFirst(2).hasPrefix("Z")
}

/// Looks until `condition` holds or the time is over; nothing is assumed about how long it takes.
package func holds(
  within limit: Duration = .seconds(10), _ condition: () async -> Bool
) async -> Bool {
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if await condition() { return true }
    await Task.yield()
    sched_yield()
  }
  return await condition()
}
