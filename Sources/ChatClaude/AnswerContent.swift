import ChildProtocol

/// The blocks of a streamed answer, put together as their pieces come.
///
/// Pure. Blocks whose kind is not known are kept as they came, since the server may want them back;
/// one with pieces that can't be put together is not, and neither is one that can't be sent back
/// without its end: a call or a thought.
struct AnswerContent: Sendable {
  /// All blocks together: as many bytes as no answer comes near.
  static let defaultByteLimit = 4 << 20
  /// Blocks of an answer: more than any has. A piece looks for its block among them.
  static let blockLimit = 4096

  /// A call that the model makes.
  struct Call: Hashable, Sendable {
    let name: String
    let input: JSON
    /// Whether its arguments were no JSON object; then `input` quotes them.
    let isBroken: Bool
  }

  private var blocks: [AnswerBlock] = []
  private var byteCount = 0
  private let byteLimit: Int

  init(byteLimit: Int = Self.defaultByteLimit) { self.byteLimit = byteLimit }

  /// Begins a block. `index` is its number, nil where the server gave none.
  /// - Throws: `ClaudeError.unreadable` where all is too long, or there are too many.
  mutating func start(_ index: Int?, _ block: JSON) throws(ClaudeError) {
    try take(block.byteCountEstimate)
    guard blocks.count < Self.blockLimit else {
      throw .unreadable("an answer of more than \(Self.blockLimit) blocks")
    }
    blocks.append(AnswerBlock(index: index ?? blocks.count, begun: block))
  }

  /// Adds a piece of text to a block, which some servers don't begin.
  /// - Throws: `ClaudeError.unreadable` where all is too long.
  mutating func add(_ index: Int?, text: String) throws(ClaudeError) {
    try take(text.utf8.count)
    if place(of: index) == nil {
      blocks.append(AnswerBlock(index: index ?? 0, begun: ["type": "text", "text": ""]))
    }
    if let place = place(of: index) { blocks[place].add(text: text) }
  }

  /// Adds a piece that is no text.
  /// - Throws: `ClaudeError.unreadable` where all is too long.
  mutating func add(_ index: Int?, _ delta: JSON) throws(ClaudeError) {
    try take(delta.byteCountEstimate)
    if let place = place(of: index) { blocks[place].add(delta) }
  }

  /// Ends a block.
  mutating func stop(_ index: Int?) {
    if let place = place(of: index) { blocks[place].isEnded = true }
  }

  /// The blocks to be sent back, in their order; nil where the answer's text says it all.
  var kept: [JSON]? {
    let kept = blocks.compactMap(\.kept)
    return kept.isEmpty || kept.allSatisfy(Self.isPlain) ? nil : kept
  }

  /// The calls in it, one for each `tool_use` in `kept`.
  var calls: [Call] { blocks.compactMap(\.call) }

  private static func isPlain(_ block: JSON) -> Bool {
    guard block["type"] == "text" else { return false }
    return block["citations"]?.array?.isEmpty ?? true
  }

  /// The last block of that number; the last one where there is no number.
  private func place(of index: Int?) -> Int? {
    guard let index else { return blocks.indices.last }
    return blocks.lastIndex { $0.index == index }
  }

  private mutating func take(_ count: Int) throws(ClaudeError) {
    byteCount += count
    guard byteCount <= byteLimit else {
      throw .unreadable("an answer of more than \(byteLimit) bytes")
    }
  }
}

extension JSON {
  /// About as many bytes as it takes: enough to hold a bound.
  fileprivate var byteCountEstimate: Int {
    switch self {
    case .null, .bool: 4
    case .number(let text), .string(let text): text.utf8.count + 2
    case .array(let elements): elements.reduce(2) { $0 + $1.byteCountEstimate + 1 }
    case .object(let members):
      members.reduce(2) { $0 + $1.key.utf8.count + $1.value.byteCountEstimate + 4 }
    }
  }
}
