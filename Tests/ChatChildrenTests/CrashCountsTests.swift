import ChatCore
import ChildProtocol
import Testing

@testable import ChatChildren

@Suite struct CrashCountsTests {
  private let message = EntryID("m")

  @Test func `A message is poison at the second crash over it`() {
    var counts = CrashCounts()
    counts.crashed(over: [message])
    #expect(!counts.isPoison(message))
    counts.crashed(over: [EntryID("other")])
    #expect(!counts.isPoison(message))
    counts.crashed(over: [message])
    #expect(counts.isPoison(message))
    #expect(!counts.isPoison(EntryID("other")))
  }

  @Test func `A message that was answered starts anew`() {
    var counts = CrashCounts()
    counts.crashed(over: [message])
    counts.answered(message)
    counts.crashed(over: [message])
    #expect(!counts.isPoison(message))
  }

  @Test func `It is kept as JSON, and what is no count is passed over`() {
    var counts = CrashCounts()
    counts.crashed(over: [EntryID("b"), message])
    counts.crashed(over: [message])
    #expect(counts.json == ["b": 1, "m": 2])
    #expect(CrashCounts(counts.json) == counts)
    #expect(CrashCounts(nil) == CrashCounts())
    #expect(CrashCounts(["a": "x", "b": -1, "c": 0]) == CrashCounts())
    #expect(CrashCounts([1, 2]) == CrashCounts())
  }

  @Test func `Of very many messages the oldest are forgotten`() {
    var counts = CrashCounts()
    for number in 100..<300 { counts.crashed(over: [EntryID("\(number)")]) }
    #expect(counts.json.members?.count == 64)
    #expect(counts.json.members?.first?.key == "236")
  }
}
