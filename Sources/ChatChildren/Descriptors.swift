import CWarden

/// What chatd may have at once.
package enum Descriptors {
  /// Takes as many as the system lets it have. Children keep what chatd was given.
  /// - Returns: why that could not be done.
  package static func raiseLimit() -> ChildError? {
    let result = warden_raise_file_limit()
    return result == 0 ? nil : .system(doing: "RLIMIT_NOFILE", errno: -result)
  }
}
