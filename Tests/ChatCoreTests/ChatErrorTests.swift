import Testing

@testable import ChatCore

@Suite struct ChatErrorTests {
  @Test(arguments: [
    (ChatError.invalid(field: "to", expected: "a child"), "invalid", "to: expected a child"),
    (.notFound(what: "thread x"), "not_found", "there is no thread x"),
    (.conflict(reason: "busy"), "conflict", "busy"),
    (.unavailable(reason: "full"), "unavailable", "full"),
  ])
  func `An error has a name for programs and words for people`(
    error: ChatError, code: String, words: String
  ) {
    #expect(error.code == code)
    #expect(error.description == words)
  }
}
