/// Whether and when a request that failed is made again: the official clients' rules
/// (anthropic-sdk-python, `_base_client.py`). Pure.
///
/// It is asked only while nothing of an answer has come: no second try could go on where the first
/// one broke.
struct RetryPolicy: Hashable, Sendable {
  /// Tries after the first.
  var retryLimit = 2
  /// A wait that is longer is told to the person: it would hold up the thread.
  var longestWait = Duration.seconds(600)

  /// How long to wait before the next try; nil where there should be none.
  /// - Parameters:
  ///   - retries: how many there have been.
  ///   - random: 0..<1, spreads the tries of many clients.
  func delay(after error: ClaudeError, retries: Int, random: Double) -> Duration? {
    guard retries < retryLimit, Self.isPassing(error) else { return nil }
    guard case .status(let refusal) = error, let delay = refusal.advice.delay else {
      return Self.backoff(retries: retries, random: random)
    }
    return delay <= longestWait ? delay : nil
  }

  /// 0.5 s, doubled each time up to 8 s, less up to a quarter.
  static func backoff(retries: Int, random: Double) -> Duration {
    let doublings = min(max(retries, 0), 4)
    return .milliseconds(500 * (1 << doublings)) * (1 - 0.25 * random)
  }

  /// Whether the cause may be gone by itself in a moment.
  static func isPassing(_ error: ClaudeError) -> Bool {
    switch error {
    case .status(let refusal): isPassing(refusal)
    case .network(let failure): isPassing(failure)
    case .broken(let type, _):
      ["overloaded_error", "api_error", "rate_limit_error", "timeout_error"].contains(type)
    case .cutOff: true
    case .noKey, .invalidKey, .invalidBaseURL, .notStream, .unreadable, .refused, .contextExceeded,
      .messageTooLong, .nothingWithinLimit:
      false
    }
  }

  private static func isPassing(_ refusal: ServerRefusal) -> Bool {
    // Ahead of the server's advice: a gateway may give that for every refusal, and each try would
    // end in the same way until a person raises the limit.
    if refusal.isSpendLimit { return false }
    if let word = refusal.advice.shouldRetry { return word }
    return [408, 409, 429].contains(refusal.status) || refusal.status >= 500
  }

  private static func isPassing(_ failure: TransferFailure) -> Bool {
    switch failure.kind {
    case .unknownHost, .unknownProxy, .noConnection, .connectTimeout, .idleTimeout, .totalTimeout,
      .tls, .broken, .exhausted:
      true
    // A proxy that wants other credentials, or forbids the host, goes on doing so.
    case .proxyRefused: (failure.proxyStatus ?? 0) >= 500
    case .certificate, .certificateFile, .notHTTP, .invalidURL, .unsupported, .closed, .other: false
    }
  }
}
