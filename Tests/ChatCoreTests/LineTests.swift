import Testing

@testable import ChatCore

@Suite struct LineTests {
  private let ids = (1...4).map { EntryID("\($0)") }

  private func message(_ id: EntryID) -> Message {
    Message(
      id: id, thread: .main, createdAt: Timestamp(milliseconds: 0), role: .user, content: "x")
  }

  private func drained(_ line: Line) -> [String] {
    var (line, order) = (line, [String]())
    while let first = line.first {
      order.append(first.id.text)
      line.leave(first.id)
    }
    return order
  }

  @Test func `Whoever came first stands first, whoever is stored first`() {
    var line = Line()
    for id in ids { line.enter(id) }
    for id in ids.reversed() { line.settle(id, .queued(branchFrom: nil)) }
    #expect(drained(line) == ["1", "2", "3", "4"])
  }

  @Test func `A place waits until its message is on disk`() {
    var line = Line()
    #expect(line.isEmpty && line.first == nil)
    line.enter(ids[0])
    #expect(line.first?.isSettled == false)
    line.settle(ids[0], .begun(message(ids[0])))
    #expect(line.first?.isSettled == true)
  }

  @Test func `Whoever gives a place up leaves the others theirs`() {
    var line = Line()
    for id in ids { line.enter(id) }
    line.leave(ids[1])
    line.leave(EntryID("stranger"))
    line.settle(ids[1], .queued(branchFrom: nil))
    #expect(drained(line) == ["1", "3", "4"])
  }

  @Test func `What an earlier run left stands before everything else, its turn first`() {
    var line = Line()
    line.enter(ids[3])
    line.resume(
      turn: message(ids[0]),
      queued: [(message(ids[1]), nil), (message(ids[2]), .entry(ids[0]))])
    #expect(line.first?.isResumed == true)
    #expect(drained(line) == ["1", "2", "3", "4"])
    line.leave(ids[0])
    #expect(line.first?.isResumed == false)
    #expect(line.first?.isSettled == true)
  }

  @Test func `So many may wait and no more, and whoever leaves makes room`() {
    var line = Line()
    for number in 0..<Line.limit.messageCount {
      #expect(line.hasRoom)
      line.enter(EntryID("\(number)"))
    }
    #expect(!line.hasRoom)
    line.leave(EntryID("7"))
    #expect(line.hasRoom)
  }

  @Test func `So many bytes may wait, and those of an earlier run count`() {
    var line = Line()
    line.enter(ids[0], byteCount: Line.limit.byteCount - 1)
    #expect(line.hasRoom)
    line.resume(turn: nil, queued: [(message(ids[1]), branchFrom: nil)])
    #expect(!line.hasRoom)
    line.leave(ids[1])
    #expect(line.hasRoom)
    line.enter(ids[2], byteCount: 1)
    #expect(!line.hasRoom)
    line.leave(ids[0])
    #expect(line.hasRoom)
  }
}
