import Testing

@testable import ChatCore

@Suite struct RollupTests {
  private let rollup = Rollup(
    id: EntryID("r"), parent: EntryID("m"), thread: .main,
    createdAt: Timestamp(milliseconds: 0), originalMessageID: EntryID("m"),
    responses: [.silent(ChildID("a")), .silent(ChildID("b")), .silent(ChildID("c"))])

  @Test func `A late answer takes the place of the child's outcome and leaves the others`() {
    var changed = rollup
    let isReplaced = changed.replace(with: .late(ChildID("b"), "here"))
    #expect(isReplaced)
    #expect(changed.responses.map(\.child.text) == ["a", "b", "c"])
    #expect(changed.responses.map(\.text) == [nil, "here", nil])
    #expect(changed.responses[1].late)
    #expect(changed.responses[0] == rollup.responses[0])
    #expect(changed.responses[2] == rollup.responses[2])
  }

  @Test func `A child that was not asked has no place in it`() {
    var changed = rollup
    let isReplaced = changed.replace(with: .late(ChildID("x"), "here"))
    #expect(!isReplaced)
    #expect(changed == rollup)
  }
}
