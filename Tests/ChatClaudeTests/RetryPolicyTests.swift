import Testing

@testable import ChatClaude

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy()

  private func status(
    _ status: Int, code: String? = nil, shouldRetry: Bool? = nil, delay: Duration? = nil
  ) -> ClaudeError {
    .status(
      ServerRefusal(
        status: status, code: code, advice: RetryAdvice(shouldRetry: shouldRetry, delay: delay)))
  }

  private func isRetried(_ error: ClaudeError) -> Bool {
    policy.delay(after: error, retries: 0, random: 0) != nil
  }

  @Test(arguments: [408, 409, 429, 500, 502, 503, 504, 529])
  func `A status that may pass is tried again`(status: Int) {
    #expect(isRetried(self.status(status)))
    #expect(!isRetried(self.status(status, shouldRetry: false)))
  }

  @Test(arguments: [301, 307, 400, 401, 402, 403, 404, 413, 422])
  func `A status that will not pass is final`(status: Int) {
    #expect(!isRetried(self.status(status)))
    #expect(isRetried(self.status(status, shouldRetry: true)))
  }

  @Test(arguments: [400, 402, 429, 500]) func `A spend limit does not end by waiting`(status: Int) {
    for advice in [nil, true, false] {
      #expect(
        !isRetried(
          self.status(status, code: "enforced_spend_limit_reached", shouldRetry: advice)))
    }
    #expect(isRetried(self.status(status, code: "something_else", shouldRetry: true)))
  }

  @Test func `An answer that broke off before a word is tried again if that may pass`() {
    for type in ["overloaded_error", "api_error", "rate_limit_error", "timeout_error"] {
      #expect(isRetried(.broken(type: type, message: "")))
    }
    #expect(!isRetried(.broken(type: "invalid_request_error", message: "")))
    #expect(isRetried(.cutOff))
  }

  @Test func `What is the person's to change is not tried again`() {
    let errors: [ClaudeError] = [
      .noKey, .invalidKey, .invalidBaseURL(""), .notStream(contentType: "", excerpt: ""),
      .unreadable(""), .refused(nil), .contextExceeded, .messageTooLong, .nothingWithinLimit(1),
    ]
    for error in errors { #expect(!isRetried(error), "\(error)") }
  }

  @Test func `Networks heal, certificates don't`() {
    let final: Set<TransferFailure.Kind> = [
      .proxyRefused, .certificate, .certificateFile, .notHTTP, .invalidURL, .unsupported, .closed,
      .other,
    ]
    for kind in TransferFailure.Kind.allCases {
      #expect(isRetried(.network(TransferFailure(kind))) == !final.contains(kind), "\(kind)")
    }
  }

  @Test func `A proxy that fails may get over it, one that refuses does not`() {
    for (status, isPassing) in [(403, false), (407, false), (500, true), (502, true), (504, true)] {
      let failure = TransferFailure(.proxyRefused, proxyStatus: status)
      #expect(isRetried(.network(failure)) == isPassing, "\(status)")
    }
  }

  @Test func `There are two tries after the first`() {
    #expect(policy.delay(after: .cutOff, retries: 0, random: 0) == .milliseconds(500))
    #expect(policy.delay(after: .cutOff, retries: 1, random: 0) == .milliseconds(1000))
    #expect(policy.delay(after: .cutOff, retries: 2, random: 0) == nil)
  }

  @Test(arguments: [(-1100, 0.5), (0, 0.5), (1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (1100, 8)])
  func `The wait doubles up to eight seconds and is spread`(retries: Int, seconds: Double) {
    #expect(RetryPolicy.backoff(retries: retries, random: 0) == .seconds(seconds))
    #expect(RetryPolicy.backoff(retries: retries, random: 1) == .seconds(seconds * 0.75))
  }

  @Test func `The server says how long to wait, but nobody waits for ever`() {
    func delay(_ delay: Duration) -> Duration? {
      policy.delay(after: status(429, delay: delay), retries: 0, random: 0)
    }
    #expect(delay(.milliseconds(20)) == .milliseconds(20))
    #expect(delay(.seconds(600)) == .seconds(600))
    #expect(delay(.seconds(601)) == nil)
  }
}
