/// The event that nearly all events are, a piece of text as the API writes it, read without making
/// a tree of it.
///
/// Pure. What is written in any other way, be it with an escape in the text, is none of these and
/// left to the parser; what is one means the same to both.
struct TextDelta: Hashable, Sendable {
  let text: String
  let index: Int

  /// Reads an event's data; nil where it is not just that.
  init?(_ data: [UInt8]) {
    let read = data.withUnsafeBufferPointer { data -> (String, Int)? in
      var rest = data[...]
      guard rest.skip(#"{"type":"content_block_delta","index":"#),
        let index = rest.number(),
        rest.skip(#","delta":{"type":"text_delta","text":""#),
        let text = rest.plainText(), !text.isEmpty,
        rest.skip(spaceAnd: "}"), rest.skip(spaceAnd: "}"), rest.skip(spaceAnd: ""), rest.isEmpty
      else { return nil }
      return (text, index)
    }
    guard let read else { return nil }
    (text, index) = read
  }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
  fileprivate mutating func skip(_ text: StaticString) -> Bool {
    let isNext = text.withUTF8Buffer { text in
      text.count <= count && text.elementsEqual(prefix(text.count))
    }
    if isNext { removeFirst(text.utf8CodeUnitCount) }
    return isNext
  }

  /// Skips white space, and this behind it.
  fileprivate mutating func skip(spaceAnd text: StaticString) -> Bool {
    while let byte = first, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      removeFirst()
    }
    return skip(text)
  }

  /// A number of few digits.
  fileprivate mutating func number() -> Int? {
    let digits = prefix { 0x30...0x39 ~= $0 }
    guard 1...9 ~= digits.count, digits.count == 1 || digits.first != 0x30 else { return nil }
    removeFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// A string to its closing quote; nil where it has escapes, control characters or no UTF-8.
  fileprivate mutating func plainText() -> String? {
    guard let end = firstIndex(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }),
      self[end] == 0x22
    else { return nil }
    let text = String(validating: UnsafeBufferPointer(rebasing: self[..<end]), as: UTF8.self)
    self = self[(end + 1)...]
    return text
  }
}
