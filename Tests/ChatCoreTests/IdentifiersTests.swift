import Testing

@testable import ChatCore

@Suite struct ChildIDTests {
  @Test(arguments: ["a", "0", "dice", "a-b_c", "a" + String(repeating: "b", count: 63), "0-", "a_"])
  func `A child's name is lower case, digits, dashes and underscores`(name: String) {
    #expect(ChildID.isValid(name))
  }

  @Test(arguments: [
    "", "-a", "_a", "A", "aB", "a b", "a.b", "a/b", "..", "é", "ａ", "a\u{301}", "a\0", "a\n",
    "a" + String(repeating: "b", count: 64),
  ])
  func `Nothing else is a child's name`(name: String) {
    #expect(!ChildID.isValid(name))
  }

  @Test func `Children stand in the order of their names' characters`() {
    let names = ["b", "a-b", "a_b", "a", "ab", "0", "a0"].map { ChildID($0) }
    #expect(names.sorted().map(\.text) == ["0", "a", "a-b", "a0", "a_b", "ab", "b"])
  }
}
