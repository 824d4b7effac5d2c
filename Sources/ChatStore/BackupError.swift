/// Why there is no copy of a database. Whatever was begun of it is gone.
package enum BackupError: Error, Hashable, CustomStringConvertible {
  /// There is nothing to be copied yet.
  case nothingStored(source: String)
  /// What is there by the copy's name is left as it is.
  case targetExists(String)
  /// The copy can't be written, by the reason that the system gives.
  case cannotWrite(target: String, reason: String)
  case cannotRead(source: String, reason: String)
  /// The copy is not whole, and so neither is what it was made of.
  case damaged(source: String, findings: [String])

  package var description: String {
    switch self {
    case .nothingStored(let source):
      "there is nothing to be copied: no chatd has stored anything in \(source)"
    case .targetExists(let target):
      "\(target) is there already: it is left as it is; give the copy another name"
    case .cannotWrite(let target, let reason):
      "\(target) can't be written: \(reason); nothing of it is kept"
    case .cannotRead(let source, let reason): "\(source): \(reason)"
    case .damaged(let source, let findings):
      ([
        "\(source) is damaged: no copy of it is kept, and it is left as it is; go back to an older "
          + "copy"
      ] + findings).joined(separator: "\n")
    }
  }
}
