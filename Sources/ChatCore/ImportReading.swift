import ChildProtocol

/// The entries of an import, taken one by one and put in order.
struct ImportReading {
  /// The most that one entry may be: its words are indexed in one go.
  static let entryByteLimit = 16 << 20

  private let thread: ThreadID
  private var items: [ThreadImport.Item] = []
  /// Where the entry with an identifier stands among the items.
  private var indexes: [EntryID: Int] = [:]
  /// The messages whose rollup has come.
  private var gathered: Set<EntryID> = []
  /// How many were taken or skipped.
  private(set) var count = 0
  /// Those that waited for a turn.
  private(set) var skippedCount = 0

  init(thread: ThreadID) { self.thread = thread }

  /// Takes the JSON of the next entry.
  /// - Throws: `ChatError.invalid` naming it and the member that is not as expected.
  mutating func take(_ bytes: ArraySlice<UInt8>) throws(ChatError) {
    let place = "entries[\(count)]"
    count += 1
    guard bytes.count <= Self.entryByteLimit else {
      throw .invalid(field: place, expected: "at most \(Self.entryByteLimit) bytes")
    }
    let entry: Entry
    do { entry = try ImportedEntry.read(bytes, in: thread) } catch {
      throw .invalid(field: place + error.path, expected: error.expected)
    }
    guard indexes[entry.id] == nil else {
      throw .invalid(field: "\(place).id", expected: "an identifier that no other entry has")
    }
    guard !entry.isQueued else {
      skippedCount += 1
      return
    }
    if let rollup = entry.rollup, !gathered.insert(rollup.originalMessageID).inserted {
      throw .invalid(
        field: "\(place).original_message_id", expected: "a message that has no other rollup")
    }
    indexes[entry.id] = items.count
    items.append(ThreadImport.Item(place: place, entry: entry, byteCount: bytes.count))
  }

  /// All that were taken, each behind its parent where that is one of them, and otherwise in the
  /// order in which they came.
  /// - Throws: `ChatError.invalid` for one that is its own ancestor.
  func itemsInOrder() throws(ChatError) -> [ThreadImport.Item] {
    var order: [ThreadImport.Item] = []
    order.reserveCapacity(items.count)
    // The walk in which each was placed; none yet: 0.
    var walks = [Int](repeating: 0, count: items.count)
    for start in items.indices {
      // Up to what is placed already, then down again.
      var line: [Int] = []
      var next: Int? = start
      while let index = next, walks[index] == 0 {
        walks[index] = start + 1
        line.append(index)
        next = items[index].entry.parent.flatMap { indexes[$0] }
      }
      if let next, let last = line.last, walks[next] == start + 1 {
        throw .invalid(
          field: "\(items[last].place).parent", expected: "an entry that does not follow it")
      }
      order += line.reversed().map { items[$0] }
    }
    return order
  }
}
