import ChatCore
import Hummingbird
import NIOCore
import Testing

@testable import ChatWeb

struct HTTPFailureTests {
  private struct Secret: Error {}

  @Test(arguments: [
    (ChatError.invalid(field: "content", expected: "text") as any Error, 400, "invalid"),
    (ChatError.notFound(what: "thread x"), 404, "not_found"),
    (ChatError.conflict(reason: "busy"), 409, "conflict"),
    (ChatError.unavailable(reason: "the disk is full"), 503, "unavailable"),
    (HTTPError(.notFound), 404, "not_found"), (HTTPError(.badRequest), 400, "bad_request"),
    (NIOTooManyBytesError(maxBytes: 1), 413, "too_large"),
    (CancellationError(), 503, "unavailable"),
    (Secret(), 500, "internal"), (IOError(errnoCode: 5, reason: "secret"), 500, "internal"),
  ])
  func everyErrorHasItsStatusAndCode(_ error: any Error, _ status: Int, _ code: String) {
    let failure = HTTPFailure(error)
    #expect(failure.status.code == status)
    #expect(failure.code == code)
    #expect(!failure.detail.contains("ecret"))
  }

  @Test func aFieldIsNamedInTheDetail() {
    let failure = HTTPFailure(ChatError.invalid(field: "content", expected: "text"))
    #expect(failure.field == "content")
    #expect(failure.detail == "content: expected text")
  }
}
