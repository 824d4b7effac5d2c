import Testing

@testable import ChatClaude

@Suite struct ClaudeErrorTests {
  private func reason(_ error: ClaudeError) -> String {
    error.reason(host: "api.test", model: "claude-9")
  }

  private func reason(
    _ status: Int, type: String? = "some_error", code: String? = nil, message: String = "because",
    requestID: String? = nil, location: String? = nil, delay: Duration? = nil
  ) -> String {
    reason(
      .status(
        ServerRefusal(
          status: status, type: type, code: code, message: message, requestID: requestID,
          location: location, advice: RetryAdvice(delay: delay))))
  }

  @Test func `Keys and addresses name what to set`() {
    #expect(reason(.noKey).contains("set ANTHROPIC_API_KEY or put the key into assets/api-key.txt"))
    #expect(reason(.invalidKey).contains("check ANTHROPIC_API_KEY"))
    #expect(reason(.invalidBaseURL("x")).contains("\"x\": check ANTHROPIC_BASE_URL"))
  }

  @Test(arguments: [
    (301, "redirects to https://b.test/"), (400, "refused the request with status 400 (because)"),
    (401, "does not accept the API key (because)"), (402, "billing"), (403, "permissions"),
    (404, "does not know the model claude-9 (because)"), (407, "user name and a password"),
    (408, "took too long"),
    (409, "status 409"), (413, "larger than api.test accepts"), (429, "allows no more for now"),
    (500, "failed with status 500 (because)"), (502, "status 502"), (504, "took too long"),
    (529, "overloaded (because)"),
  ]) func `Every status has its sentence`(status: Int, words: String) {
    let reason = reason(status, location: "https://b.test/")
    #expect(reason.contains(words))
    #expect(reason.hasSuffix("."))
  }

  @Test func `The server's identifier of the request is told`() {
    #expect(reason(500, requestID: "req_7").hasSuffix(" [req_7]"))
  }

  @Test(arguments: [400, 402, 403, 429]) func `A spend limit is told whatever its status`(
    status: Int
  ) {
    let reason = reason(status, code: "enforced_spend_limit_reached")
    #expect(reason.hasPrefix("The account's spend limit is reached (because): raise it"))
    #expect(!self.reason(status, code: "something_else").contains("spend limit"))
  }

  @Test(arguments: [
    (Duration.milliseconds(10), "in a moment"), (.milliseconds(2500), "in 3 s"),
    (.seconds(119), "in 119 s"), (.seconds(3000), "in 50 minutes"),
  ]) func `A server that says when is quoted`(delay: Duration, words: String) {
    #expect(reason(429, delay: delay).hasSuffix("try again \(words)."))
  }

  @Test func `Words that are not the API's are quoted with their status`() {
    #expect(reason(502, type: nil, message: "<html>").contains("status 502 (it says: <html>)"))
    #expect(reason(404, type: nil, message: "").contains("no Messages API"))
    #expect(reason(403, type: nil, message: "no").contains("or a proxy before it"))
    #expect(reason(418, type: nil, message: "teapot").contains("418 (it says: teapot)"))
  }

  @Test func `What a stream lacks is said`() {
    #expect(reason(.cutOff).contains("ended before it was complete"))
    #expect(reason(.unreadable("odd")).contains("can't be read (odd): try again"))
    #expect(reason(.broken(type: "overloaded_error", message: "")).contains("overloaded"))
    #expect(reason(.broken(type: "api_error", message: "oops")).contains("(oops)"))
    #expect(
      reason(.notStream(contentType: "text/html", excerpt: "<p>")).contains("text/html"))
    #expect(reason(.refused(nil)).hasPrefix("claude-9 declined to answer this:"))
    #expect(reason(.refused("harm")).contains("(harm)"))
    #expect(reason(.contextExceeded).contains("start a new thread"))
    #expect(reason(.nothingWithinLimit(7)).contains("all 7 tokens"))
  }

  @Test(arguments: TransferFailure.Kind.allCases) func `Every fault of a network has its sentence`(
    kind: TransferFailure.Kind
  ) {
    let reason = reason(.network(TransferFailure(kind, "detail")))
    #expect(reason.hasSuffix("."))
    #expect(reason.count > 15)
  }

  @Test func `An error's body is the API's JSON, or whatever it begins with`() {
    func read(_ body: String, _ fields: [String: String] = [:]) -> ServerRefusal {
      let head = HTTPHead(status: 400, fields: fields)
      return ServerRefusal(head, body: Array(body.utf8), advice: RetryAdvice())
    }
    let json = #"""
      {"type":"error","error":{"type":"t","message":"m","details":{"error_code":"c"}},
      "request_id":"r"}
      """#
    let told = read(json)
    #expect(told == ServerRefusal(status: 400, type: "t", code: "c", message: "m", requestID: "r"))
    #expect(read(json, ["request-id": "h"]).requestID == "h")
    let page = read("<html>\n\t<b>\u{1b}No</b>" + String(repeating: "é", count: 200))
    #expect(page.type == nil)
    #expect(page.message.hasPrefix("<html> <b> No</b>éé"))
    #expect(page.message.utf8.count < 220)
    #expect(read("").message == "")
  }
}
