import ChatCore
import Testing

@testable import ChatClaude

@Suite struct OffModelTests {
  @Test func `It says how to turn the assistant on`() throws {
    let assistant = OffModel().assistant
    #expect(assistant.kind == .off)
    #expect(!assistant.isEnabled)
    let reason = try #require(assistant.reason)
    for way in ["ANTHROPIC_API_KEY", "assets/api-key.txt", "--assistant demo"] {
      #expect(reason.contains(way))
    }
  }

  @Test func `It fails with its reason and is never heard`() async {
    await #expect(throws: ModelFailure(isInterruption: false, reason: "resting")) {
      try await OffModel(reason: "resting").answer(
        .saying("hello"), hear: { _ in Issue.record("nothing is to be heard") })
    }
  }
}
