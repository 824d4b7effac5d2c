/// Why something that an author of a child asked for was not done.
package struct AuthoringError: Error, CustomStringConvertible {
  /// What an author can do about it.
  package enum Kind: Sendable {
    /// The command line, or what it names, is wrong.
    case usage
    /// The child, its manifest or its folder is.
    case child
    /// The system refused; nothing is wrong with the child.
    case system
  }

  package let kind: Kind
  package let description: String

  /// - Parameter description: one sentence that names the file, key or child, and what was expected.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
