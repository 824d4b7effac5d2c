import ChildProtocol

/// Why there is no whole answer, for `RetryPolicy` to judge and for a person to read
/// (`reason(host:model:)`).
enum ClaudeError: Error, Hashable, Sendable {
  case noKey
  /// The key has characters that can't stand in a header.
  case invalidKey
  case invalidBaseURL(String)
  /// The server's answer is not a 200.
  case status(ServerRefusal)
  /// The network, TLS or a time limit.
  case network(TransferFailure)
  /// A 200 that is no event stream.
  case notStream(contentType: String, excerpt: String)
  /// A stream that can't be understood.
  case unreadable(String)
  /// An `error` event inside a stream.
  case broken(type: String, message: String)
  /// The stream ended in order, but without a stop reason.
  case cutOff
  /// The model refused without a word of an answer; with the explanation it gave.
  case refused(String?)
  /// The conversation fills the model's context window.
  case contextExceeded
  /// The last message alone fills it.
  case messageTooLong
  /// All of so many tokens went into thinking.
  case nothingWithinLimit(Int64)
}

/// What a server said that did not answer.
struct ServerRefusal: Hashable, Sendable {
  /// The code of what waiting does not end.
  static let spendLimit = "enforced_spend_limit_reached"

  let status: Int
  /// The API's error type; nil where the body is not the API's.
  let type: String?
  /// The API's `details.error_code`.
  let code: String?
  /// The API's message, or the beginning of a body that is not the API's.
  let message: String
  let requestID: String?
  /// Where a redirect points to.
  let location: String?
  let advice: RetryAdvice

  /// Whether what the account may spend is spent, which waiting does not end. It comes with 429, 400
  /// or 402; the code alone tells.
  var isSpendLimit: Bool { code == Self.spendLimit }

  init(
    status: Int, type: String? = nil, code: String? = nil, message: String = "",
    requestID: String? = nil, location: String? = nil, advice: RetryAdvice = RetryAdvice()
  ) {
    self.status = status
    self.type = type
    self.code = code
    self.message = message
    self.requestID = requestID
    self.location = location
    self.advice = advice
  }

  /// Reads an answer, whose body may be the API's, a proxy's page, or nothing.
  init(_ head: HTTPHead, body: [UInt8], advice: RetryAdvice) {
    let json = try? JSON(parsing: body)
    let error = json?["error"]
    self.init(
      status: head.status, type: Excerpt.of(error?["type"], limit: Excerpt.nameByteLimit),
      code: error?["details"]?["error_code"]?.string,
      message: error?["message"]?.string ?? Excerpt.of(body),
      requestID: (head["request-id"] ?? json?["request_id"]?.string).map { Excerpt.of($0.utf8) },
      location: head["location"].map { Excerpt.of($0.utf8) }, advice: advice)
  }
}
