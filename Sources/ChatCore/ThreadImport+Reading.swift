import ChildProtocol

extension ThreadImport {
  /// What an export calls itself.
  package static let format = "chatd-thread"
  package static let version: Int64 = 1

  /// How many entries are read before others may run: about a millisecond's worth.
  private static let strideCount = 64

  /// Reads what `GET /api/export` wrote, or somebody who writes the same: any layout, members in
  /// any order, those that are not known left out.
  ///
  /// Entries are parsed one at a time, so it takes little more than what they come to.
  /// - Throws: `JSONError`; `ChatError.invalid` naming the place (`entries[12].parent`);
  ///   `CancellationError`.
  package init(parsing bytes: [UInt8]) async throws {
    let parts = try Self.parts(of: bytes[...])
    try Self.checkFormat(parts)
    let thread = try ChatThread(imported: try Self.required("thread", in: parts))
    var reading = ImportReading(thread: thread.id)
    var entries = try Self.list("entries", try Self.requiredBytes("entries", in: parts))
    while let part = try entries.next() {
      try reading.take(part.value)
      if reading.count % Self.strideCount == 0 {
        await Task.yield()
        try Task.checkCancellation()
      }
    }
    var skippedCount = reading.skippedCount
    if let queued = parts["queued"] {
      var queued = try Self.list("queued", queued)
      while try queued.next() != nil { skippedCount += 1 }
    }
    self.init(thread: thread, items: try reading.itemsInOrder(), skippedCount: skippedCount)
  }

  private static func parts(
    of bytes: ArraySlice<UInt8>
  ) throws(JSONError) -> [String: ArraySlice<UInt8>] {
    let known: Set = ["format", "version", "thread", "entries", "queued"]
    var members: [String: ArraySlice<UInt8>] = [:]
    var parts = try JSONParts(.object, of: bytes)
    while let part = try parts.next() {
      guard let name = part.name, known.contains(name) else { continue }
      members[name] = part.value
    }
    return members
  }

  private static func list(
    _ name: String, _ bytes: ArraySlice<UInt8>
  ) throws(ChatError) -> JSONParts {
    do { return try JSONParts(.array, of: bytes) } catch {
      throw .invalid(field: name, expected: "an array of entries")
    }
  }

  private static func checkFormat(_ parts: [String: ArraySlice<UInt8>]) throws {
    guard try required("format", in: parts).string == format else {
      throw ChatError.invalid(field: "format", expected: "\"\(format)\"")
    }
    let found = try required("version", in: parts)
    guard found.int == version else {
      throw ChatError.invalid(
        field: "version", expected: "\(version), the one that this chatd knows")
    }
  }

  private static func required(
    _ name: String, in parts: [String: ArraySlice<UInt8>]
  ) throws -> JSON {
    try JSON(parsing: try requiredBytes(name, in: parts))
  }

  private static func requiredBytes(
    _ name: String, in parts: [String: ArraySlice<UInt8>]
  ) throws(ChatError) -> ArraySlice<UInt8> {
    guard let bytes = parts[name] else {
      throw .invalid(field: name, expected: "it to be there: this is no export of a thread")
    }
    return bytes
  }
}

extension ChatThread {
  /// Reads a thread as `write(to:)` wrote it. What belongs to the place that it comes from, its
  /// numbers and its deletion, is left out.
  fileprivate init(imported json: JSON) throws(ChatError) {
    guard json.members != nil else {
      throw .invalid(field: "thread", expected: "an object, got \(json.kind)")
    }
    func text(_ name: String, byteLimit: Int) throws(ChatError) -> String? {
      guard let value = json[name], !value.isNull else { return nil }
      guard let text = value.string, text.utf8.count <= byteLimit else {
        throw .invalid(
          field: "thread.\(name)", expected: "null or a text of at most \(byteLimit) bytes")
      }
      return text
    }
    guard let id = json["id"]?.string, ThreadID(id).isPlain else {
      throw .invalid(
        field: "thread.id", expected: "1 to 64 letters, digits, dashes and underscores")
    }
    guard let time = json["created_at"]?.string, let createdAt = Timestamp(time) else {
      throw .invalid(
        field: "thread.created_at", expected: "a time as 2026-11-22T10:00:00.123Z")
    }
    let muted = json["muted"].map { $0.array?.compactMap(\.string) ?? [""] } ?? []
    guard muted.allSatisfy(ChildID.isValid), muted.count == json["muted"]?.array?.count ?? 0 else {
      throw .invalid(field: "thread.muted", expected: "names of children")
    }
    func number(_ name: String, in range: ClosedRange<Int64>) throws(ChatError) -> Int64? {
      guard let value = json[name], !value.isNull else { return nil }
      guard let number = value.int, range.contains(number) else {
        throw .invalid(
          field: "thread.\(name)",
          expected: "null or a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    self.init(
      id: ThreadID(id), title: try text("title", byteLimit: Self.titleByteLimit),
      createdAt: createdAt, head: try text("head", byteLimit: 64).map(EntryID.init),
      model: try text("model", byteLimit: Self.modelByteLimit),
      system: try text("system", byteLimit: Self.systemByteLimit),
      muted: Set(muted.map { ChildID($0) }))
    maxTokens = try number("max_tokens", in: Self.tokenLimits)
    maxToolRounds = try number("max_tool_rounds", in: Self.toolRoundLimits)
  }
}
