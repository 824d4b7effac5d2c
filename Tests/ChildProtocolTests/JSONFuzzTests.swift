import TestSupport
import Testing

@testable import ChildProtocol

@Suite struct JSONFuzzTests {
  @Test(arguments: 0..<16 as Range<UInt64>)
  func `What was written is read back as it was`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let value = JSON.random(depth: 4, using: &generator)
      let bytes = value.bytes
      let read = try JSON(parsing: bytes)
      #expect(read == value)
      // Equal strings may differ in their scalars, and those are what has to come back.
      #expect(read.bytes == bytes)
    }
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `No damage to a value makes the parser fall over`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = JSON.random(depth: 3, using: &generator).bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes, using: &generator) }
      guard let read = try? JSON(parsing: bytes) else { continue }
      #expect((try? JSON(parsing: read.bytes)) == read, "from \(bytes)")
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `Any bytes whatever are read or refused`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array(#"{}[]",:\u0aeE+-.truefalsnl 1D8"#.utf8) + [0x00, 0x80, 0xC3, 0xFF]
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator) ?? 0
      }
      do throws(JSONError) {
        _ = try JSON(parsing: bytes)
      } catch {
        #expect((0...bytes.count).contains(error.offset), "from \(bytes)")
      }
    }
  }

  @Test func `Whatever is cut off is refused`() throws {
    let text = #"{"a":[1.5e3,"é\n\uD83D\uDE00",true,null,{"b":{}}],"c":-0}"#
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSON(parsing: bytes.prefix(count)) }
    }
  }

  private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    guard let index = bytes.indices.randomElement(using: &generator) else { return }
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: index)
    case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
    case 3: bytes.removeSubrange(index...)
    default: bytes.insert(contentsOf: bytes[index...], at: index)
    }
  }
}
