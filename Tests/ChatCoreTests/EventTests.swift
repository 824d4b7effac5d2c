import TestSupport
import Testing

@testable import ChatCore

@Suite struct EventTests {
  @Test func `A change has the number and the thread of what it changed`() {
    var generator = SeededGenerator(seed: 5)
    var entry = Entry.random(using: &generator)
    entry.seq = 9
    let change = LoggedChange(prevSeq: 8, subject: .entry(entry))
    #expect(change.seq == 9)
    #expect(change.thread == entry.thread)
    var thread = ChatThread(id: ThreadID("t"), createdAt: Timestamp(milliseconds: 0))
    thread.seq = 10
    let other = LoggedChange(prevSeq: 9, subject: .thread(thread))
    #expect(other.seq == 10)
    #expect(other.thread == ThreadID("t"))
  }

  @Test func `Progress has the contract's words`() {
    func progress(_ phase: Progress.Phase) -> [String] {
      let it = Progress(
        thread: .main, message: EntryID("m"), child: ChildID("a"), phase: phase)
      return [it.status, it.text]
    }
    #expect(progress(.waiting) == ["waiting", ""])
    #expect(progress(.streaming("so far")) == ["streaming", "so far"])
    #expect(progress(.outcome(.replied(ChildID("a"), "all"))) == ["replied", "all"])
    #expect(progress(.outcome(.silent(ChildID("a")))) == ["timed_out", ""])
  }
}
