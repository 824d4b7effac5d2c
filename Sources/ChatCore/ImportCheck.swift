/// Holds an import against the log: what of it is there, and whether the rest fits to that.
struct ImportCheck {
  /// Entries that are looked up in one reading.
  private static let strideCount = 256

  private let new: ThreadImport
  private let reader: any EntryReader
  /// The import's own entries, and which of them are messages.
  private let inside: [EntryID: Bool]

  init(_ new: ThreadImport, reader: any EntryReader) {
    self.new = new
    self.reader = reader
    inside = Dictionary(
      new.items.map { ($0.entry.id, $0.entry.message != nil) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The entries that are not there yet, each behind its parent.
  /// - Throws: `ChatError.invalid` naming the place of one that does not fit, `CancellationError`.
  func missing() async throws -> [ThreadImport.Item] {
    var missing: [ThreadImport.Item] = []
    for start in stride(from: 0, to: new.items.count, by: Self.strideCount) {
      try Task.checkCancellation()
      let items = new.items[start..<min(start + Self.strideCount, new.items.count)]
      let ids = items.flatMap {
        [$0.entry.id, $0.entry.parent, $0.entry.original].compactMap(\.self)
      }
      let known = try await reader.standings(of: Set(ids))
      for item in items where try isMissing(item, known) {
        if let original = item.entry.rollup?.originalMessageID, known[original] != nil,
          try await reader.rollup(of: original) != nil
        {
          throw .invalid(
            field: "\(item.place).original_message_id",
            expected: "a message that has no other rollup: here it has one") as ChatError
        }
        missing.append(item)
      }
    }
    return missing
  }

  /// Looks whether the import's head can be one.
  /// - Throws: `ChatError.invalid`.
  func checkHead() async throws {
    guard let head = new.thread.head else { return }
    guard hasPlace(head, try await reader.standings(of: [head])) else {
      throw fault("thread.head", "with a place")
    }
  }

  private func isMissing(
    _ item: ThreadImport.Item, _ known: [EntryID: EntryStanding]
  ) throws(ChatError) -> Bool {
    let entry = item.entry
    if let original = entry.original {
      let isMessage =
        known[original].map { $0.isMessage && $0.thread == new.thread.id } ?? inside[original]
      guard isMessage == true else {
        throw fault("\(item.place).original_message_id", "that is a message")
      }
    }
    if let here = known[entry.id] {
      guard here.thread == new.thread.id else {
        throw .invalid(
          field: "\(item.place).id",
          expected: "an entry of thread \(new.thread.id): here it belongs to another thread")
      }
      return false
    }
    if let parent = entry.parent, !hasPlace(parent, known) {
      throw fault("\(item.place).parent", "with a place")
    }
    return true
  }

  private func hasPlace(_ id: EntryID, _ known: [EntryID: EntryStanding]) -> Bool {
    known[id].map { $0.hasPlace && $0.thread == new.thread.id } ?? (inside[id] != nil)
  }

  private func fault(_ field: String, _ what: String) -> ChatError {
    .invalid(
      field: field, expected: "an entry \(what), of the import or of thread \(new.thread.id) here")
  }
}
