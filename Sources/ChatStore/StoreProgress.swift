/// How far a long run over a database has come.
package struct StoreProgress: Hashable, Sendable {
  /// What it is about.
  package enum Step: Sendable {
    /// Pages are copied.
    case copying
    /// SQLite looks through the file; how far it has come it does not say.
    case structure
    /// The log's entries are read.
    case entries
  }

  package let step: Step
  /// From 0 to 1; nil where that can't be said.
  package let fraction: Double?

  init(_ step: Step, _ done: Int64 = 0, of total: Int64 = 0) {
    self.step = step
    fraction = total > 0 ? min(1, Double(done) / Double(total)) : nil
  }
}
