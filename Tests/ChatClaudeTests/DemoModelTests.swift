import ChatCore
import Testing

@testable import ChatClaude

@Suite struct DemoModelTests {
  private let turn = """
    Roll  a die,
    please.

    <actor id="dice">You &lt;rolled&gt; a 6 &amp; won</actor>

    <actor id="sentiment">happy
    as can be</actor>
    """

  @Test func `A turn is the person's words and the children's`() {
    let answer = DemoAnswer(to: turn)
    #expect(answer.own == "Roll a die, please.")
    #expect(
      answer.quotes == [
        .init(child: "dice", words: "You <rolled&gt; a 6 & won"),
        .init(child: "sentiment", words: "happy as can be"),
      ])
  }

  @Test func `The answer says what it is and what it was given`() {
    let text = DemoAnswer(to: turn).text
    #expect(text.contains("demo assistant"))
    #expect(text.contains("> Roll a die, please."))
    #expect(text.contains("- **sentiment**: happy as can be"))
    #expect(text.contains("ANTHROPIC_API_KEY"))
  }

  @Test func `It is short, whatever it was given`() {
    let answer = DemoAnswer(to: String(repeating: "long ", count: 10_000))
    #expect(answer.own.count == DemoAnswer.quoteLength + 1)
    #expect(answer.own.hasSuffix("…"))
  }

  @Test(arguments: ["", "   ", "<actor id=\"", "<actor id=\"a\">", "<actor id=\"a\">b", "</actor>"])
  func `Odd turns are answered too`(turn: String) {
    let answer = DemoAnswer(to: turn)
    #expect(answer.quotes == [])
    #expect(answer.text.contains("None of the children had anything to say"))
  }

  @Test func `The words make the text`() {
    let answer = DemoAnswer(to: turn)
    #expect(answer.words.joined() == answer.text)
    #expect(answer.words.count > 30)
    #expect(answer.words.allSatisfy { $0.split(whereSeparator: \.isWhitespace).count == 1 })
  }

  @Test func `It streams word by word at its pace`() async throws {
    let clock = TestClock()
    let hearing = Hearing()
    let model = DemoModel(pace: .milliseconds(30), clock: clock)
    let turns: [Transcript.Turn] = [
      .init(role: .user, text: "first"), .init(role: .assistant, text: "yes"),
      .init(role: .user, text: turn),
    ]
    let answer = try await model.answer(ModelRequest(turns: turns), hear: hearing.hear)
    #expect(answer == ModelAnswer(model: "demo", stopReason: "end_turn"))
    #expect(hearing.events == DemoAnswer(to: turn).words.map { .text($0) })
    #expect(clock.sleeps == Array(repeating: .milliseconds(30), count: hearing.events.count - 1))
  }

  @Test func `It can be stopped`() async throws {
    let heard = Signal()
    let model = DemoModel(clock: TestClock(standsStill: true))
    let task = Task { try await model.answer(.saying("hello"), hear: { _ in heard.raise() }) }
    await heard.wait()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `It says that it is a demonstration`() {
    let assistant = DemoModel().assistant
    #expect(assistant.kind == .demo)
    #expect(assistant.isEnabled)
    #expect(assistant.reason?.contains("without a model or a network") == true)
  }
}
