import CWarden

/// What chatd does so that children, who run as the same user, do not come by its secrets.
package enum Secrets {
  /// Overwrites a variable where /proc shows it, and unsets it. Before there are other threads.
  package static func forget(_ variable: String) { _ = warden_forget_environment(variable) }

  /// Keeps others of the same user from reading this process's memory and from tracing it. It dumps
  /// no core from now on.
  /// - Returns: why that could not be done.
  package static func harden() -> ChildError? {
    let result = warden_harden()
    return result == 0 ? nil : .system(doing: "PR_SET_DUMPABLE", errno: -result)
  }
}
