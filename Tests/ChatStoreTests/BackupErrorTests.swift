import Testing

@testable import ChatStore

@Suite struct BackupErrorTests {
  @Test func `Each names the file that it is about`() {
    let source: [BackupError] = [
      .nothingStored(source: "/a/b"), .cannotRead(source: "/a/b", reason: "x"),
      .damaged(source: "/a/b", findings: ["x"]),
    ]
    let target: [BackupError] = [.targetExists("/c"), .cannotWrite(target: "/c", reason: "x")]
    for error in source { #expect("\(error)".contains("/a/b")) }
    for error in target { #expect("\(error)".hasPrefix("/c ")) }
    #expect(Set((source + target).map(\.description)).count == 5)
  }

  @Test func `Each finding has a line of its own`() {
    let error = BackupError.damaged(source: "/a", findings: ["one", "two"])
    #expect("\(error)".split(separator: "\n").dropFirst() == ["one", "two"])
  }
}
