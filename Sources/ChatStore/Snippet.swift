import ChatCore

/// About 30 words around the place with the most of what was looked for.
struct Snippet: Sendable {
  private static let wordCount = 30
  private static let wordsBefore = 8
  /// Bounds where there are no spaces, bytes.
  private static let byteCount = 480
  private static let bytesBefore = 120

  private let found: MarkedText

  init(_ found: MarkedText) { self.found = found }

  /// The stretch to be shown, within the one of `stretches` that has the best place; in all of the
  /// text where there are none.
  func pieces(
    within stretches: [(child: ChildID?, bytes: Range<Int>)]
  ) -> (child: ChildID?, pieces: [SearchHit.Piece]) {
    let place = bestPlace
    let all = (child: ChildID?.none, bytes: 0..<found.text.count)
    let stretch = stretches.first { $0.bytes.contains(place) } ?? all
    let start = start(before: place, within: stretch.bytes)
    let end = end(after: start, within: stretch.bytes)
    return (
      stretch.child,
      pieces(
        start..<end, isCutBefore: start > stretch.bytes.lowerBound,
        isCutBehind: end < stretch.bytes.upperBound)
    )
  }

  /// Where the match begins that has the most others right behind it.
  private var bestPlace: Int {
    var best = (place: 0, count: 0)
    var next = 0
    for (index, match) in found.matches.enumerated() {
      let reach = match.lowerBound + Self.byteCount - Self.bytesBefore * 2
      next = max(next, index)
      while next < found.matches.count, found.matches[next].lowerBound < reach { next += 1 }
      if next - index > best.count { best = (match.lowerBound, next - index) }
    }
    return best.place
  }

  private func start(before place: Int, within bounds: Range<Int>) -> Int {
    var start = place
    var wordCount = 0
    var index = place
    let least = max(bounds.lowerBound, place - Self.bytesBefore)
    while index > least, wordCount < Self.wordsBefore {
      index -= 1
      guard !isSpace(index), index == bounds.lowerBound || isSpace(index - 1) else { continue }
      start = index
      wordCount += 1
    }
    // In the middle of what has no spaces.
    return wordCount == 0 && place > least ? wholeScalar(least, below: place) : start
  }

  private func end(after start: Int, within bounds: Range<Int>) -> Int {
    var end = start
    var wordCount = 0
    let most = min(bounds.upperBound, start + Self.byteCount)
    while end < most {
      if end > start, isSpace(end), !isSpace(end - 1) { wordCount += 1 }
      if wordCount == Self.wordCount { return end }
      end += 1
    }
    if end == bounds.upperBound { return end }
    let space = (start..<end).last { isSpace($0) && !isSpace($0 - 1) }
    guard let space, space > start + Self.byteCount / 2 else {
      return wholeScalar(end, below: bounds.upperBound)
    }
    return space
  }

  /// The first place from `index` on where a character begins.
  private func wholeScalar(_ index: Int, below limit: Int) -> Int {
    (index..<limit).first { found.text[$0] & 0xC0 != 0x80 } ?? limit
  }

  private func isSpace(_ index: Int) -> Bool {
    let byte = found.text[index]
    return byte == UInt8(ascii: " ") || (9...13).contains(byte)
  }

  private func pieces(
    _ shown: Range<Int>, isCutBefore: Bool, isCutBehind: Bool
  ) -> [SearchHit.Piece] {
    var pieces: [SearchHit.Piece] = []
    func add(_ bytes: Range<Int>, isMatch: Bool) {
      guard !bytes.isEmpty else { return }
      pieces.append(.init(String(decoding: found.text[bytes], as: UTF8.self), isMatch: isMatch))
    }
    if isCutBefore { pieces.append(.init("…")) }
    var end = shown.lowerBound
    for match in found.matches where match.upperBound > end && match.lowerBound < shown.upperBound {
      let match = match.clamped(to: end..<shown.upperBound)
      add(end..<match.lowerBound, isMatch: false)
      add(match, isMatch: true)
      end = match.upperBound
    }
    add(end..<shown.upperBound, isMatch: false)
    if isCutBehind { pieces.append(.init("…")) }
    return pieces
  }
}
