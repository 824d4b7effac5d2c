import ChatCore
import Testing

@testable import ChatWeb

struct LiveStateTests {
  private let message = EntryID("m")

  private func answer(_ status: Message.Status, seq: Int64 = 1) -> Event {
    var answer = Message(
      id: EntryID("a"), thread: .main, createdAt: Timestamp(milliseconds: 0), role: .assistant,
      content: "", status: status)
    answer.seq = seq
    return .changed(LoggedChange(prevSeq: seq - 1, subject: .entry(.message(answer))))
  }

  private func rollup(seq: Int64 = 1) -> Event {
    var rollup = Rollup(
      id: EntryID("r"), parent: message, thread: .main, createdAt: Timestamp(milliseconds: 0),
      originalMessageID: message, responses: [])
    rollup.seq = seq
    return .changed(LoggedChange(prevSeq: seq - 1, subject: .entry(.rollup(rollup))))
  }

  private func progress(_ phase: Progress.Phase, of child: String = "dice") -> Event {
    .progress(Progress(thread: .main, message: message, child: ChildID(child), phase: phase))
  }

  private func status(_ name: String, _ state: ChildStatus.State) -> ChildStatus {
    ChildStatus(id: ChildID(name), name: name, state: state, since: Timestamp(milliseconds: 0))
  }

  @Test func anAnswerIsThereFromItsBeginningToItsEnd() {
    var live = LiveState()
    live.apply(answer(.streaming))
    #expect(live.speeches[EntryID("a")]?.text == "")
    for text in ["Gr", "üße"] {
      live.apply(.delta(thread: .main, message: EntryID("a"), offset: 0, text: text))
    }
    #expect(live.speeches[EntryID("a")]?.text == "Grüße")
    live.apply(answer(.streaming, seq: 2))
    #expect(live.speeches[EntryID("a")]?.text == "Grüße")
    live.apply(answer(.complete, seq: 3))
    #expect(live.speeches.isEmpty)
    #expect(live.seq == 3)
  }

  @Test func aRollupIsThereUntilItIsStored() {
    var live = LiveState()
    live.apply(progress(.waiting))
    live.apply(progress(.waiting, of: "sentiment"))
    live.apply(progress(.streaming("4")))
    let gathering = live.gatherings[message]?.children
    #expect(gathering?[ChildID("dice")]?.text == "4")
    #expect(gathering?[ChildID("sentiment")]?.status == "waiting")
    live.apply(rollup())
    #expect(live.gatherings.isEmpty)
  }

  @Test func whatComesAfterARollupOpensItNoMore() {
    var live = LiveState()
    live.apply(rollup())
    live.apply(progress(.streaming("late")))
    #expect(live.gatherings.isEmpty)
  }

  @Test func rollupsThatNeverEndAreNotKeptForEver() {
    var live = LiveState()
    for number in 0..<3_000 {
      let id = EntryID("\(10_000 + number)")
      live.apply(
        .progress(Progress(thread: .main, message: id, child: ChildID("dice"), phase: .waiting)))
    }
    #expect(live.gatherings.count == 1_024)
    #expect(live.gatherings[EntryID("12999")] != nil)
  }

  @Test func aListThatWasReadBeforeAnEventDoesNotUndoIt() {
    var live = LiveState()
    live.apply(.children([status("gone", .ready), status("dice", .stopped)]))
    let version = live.childVersion
    live.apply(.children([status("dice", .ready)]))
    live.adopt([status("dice", .stopped), status("sentiment", .ready)], readAt: version)
    #expect(live.children == [status("dice", .ready), status("sentiment", .ready)])
  }

  @Test func anAnswerWaitsForItsRetryUntilSomethingComesOfIt() {
    let at = Timestamp(milliseconds: 5)
    let retry = AnswerRetry(attempt: 2, at: at, reason: "it is overloaded")
    let event = Event.answerRetry(
      thread: .main, message: EntryID("a"), attempt: 2, at: at, reason: "it is overloaded")
    for end in [
      Event.delta(thread: .main, message: EntryID("a"), offset: 0, text: "x"),
      answer(.streaming, seq: 2), answer(.stopped, seq: 2),
    ] {
      var live = LiveState()
      live.apply(event)
      #expect(live.speeches.isEmpty, "nothing is known of that answer")
      live.apply(answer(.streaming))
      live.apply(event)
      #expect(live.speeches[EntryID("a")]?.retry == retry)
      live.apply(end)
      #expect(live.speeches[EntryID("a")]?.retry == nil)
    }
  }

  @Test func theNumberNeverGoesBack() {
    var live = LiveState()
    live.reach(seq: 7)
    live.apply(rollup(seq: 6))
    #expect(live.seq == 7)
  }
}
