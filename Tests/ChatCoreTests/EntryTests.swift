import TestSupport
import Testing

@testable import ChatCore

@Suite struct EntryTests {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func `An entry is what is in it`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      var entry = Entry.random(using: &generator)
      let (id, parent, thread, time) =
        switch entry {
        case .message(let it): (it.id, it.parent, it.thread, it.createdAt)
        case .rollup(let it): (it.id, it.parent, it.thread, it.createdAt)
        case .toolRound(let it): (it.id, it.parent, it.thread, it.createdAt)
        }
      #expect(entry.id == id)
      #expect(entry.parent == parent)
      #expect(entry.thread == thread)
      #expect(entry.createdAt == time)
      #expect((entry.message?.id ?? entry.rollup?.id ?? entry.id) == id)
      entry.seq = 77
      #expect(entry.seq == 77)
      #expect(entry.id == id)
    }
  }

  @Test func `Only a message can be queued`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<100 {
      let entry = Entry.random(using: &generator)
      #expect(entry.isQueued == (entry.message?.status == .queued))
    }
  }
}
