package import ChatCore
import Foundation

/// How to reach a server that speaks the Messages API, and what to ask of it unless a thread says
/// otherwise.
package struct ClaudeConfiguration: Hashable, Sendable {
  /// What shows that one may ask. It is in no description, so it can't get into a log.
  package enum Credential: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// A local server may need none.
    case none
    /// Sent as `x-api-key`.
    case apiKey(String)
    /// Sent as `Authorization: Bearer …`.
    case bearer(String)

    package var description: String {
      switch self {
      case .none: "no credential"
      case .apiKey: "an API key"
      case .bearer: "a bearer token"
      }
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// Where the API of Anthropic is.
  package static let defaultBaseURL = "https://api.anthropic.com"
  /// The model that the API's documentation names for most work.
  package static let defaultModel = "claude-opus-5-5"

  /// The server, without `/v1/messages`.
  package var baseURL: String
  package var credential: Credential
  /// The header `anthropic-version`.
  package var version: String
  package var model: String
  /// The longest answer, in tokens; a model's thinking counts.
  package var maxTokens: Int64
  /// What the model is told ahead, where a thread has no words of its own.
  package var system: String?
  /// A file of certificates to trust in place of the system's.
  package var certificateFile: String?
  /// The proxy to go through; empty: none; nil: the environment's, but never to this machine itself.
  package var proxy: String?
  /// Until a connection, with TLS, stands.
  package var connectTimeout: Duration
  /// Without a byte; the API's pings count.
  package var idleTimeout: Duration
  /// For all of an answer.
  package var totalTimeout: Duration
  /// How many tokens the model can read and write together; nil: what the server says of it.
  package var contextTokens: Int64?
  /// What models cost, by their names; others have no known price.
  package var prices: [String: Prices]

  package init(
    baseURL: String = Self.defaultBaseURL, credential: Credential, version: String = "2026-10-21",
    model: String = Self.defaultModel, maxTokens: Int64 = 16_384, system: String? = nil,
    certificateFile: String? = nil, proxy: String? = nil, connectTimeout: Duration = .seconds(10),
    idleTimeout: Duration = .seconds(60), totalTimeout: Duration = .seconds(600),
    contextTokens: Int64? = nil, prices: [String: Prices] = [:]
  ) {
    self.baseURL = baseURL
    self.credential = credential
    self.version = version
    self.model = model
    self.maxTokens = maxTokens
    self.system = system
    self.certificateFile = certificateFile
    self.proxy = proxy
    self.connectTimeout = connectTimeout
    self.idleTimeout = idleTimeout
    self.totalTimeout = totalTimeout
    self.contextTokens = contextTokens
    self.prices = prices
  }
}

extension ClaudeConfiguration {
  /// The server as a person knows it: host, and port where one is given.
  var host: String {
    guard let parts = server else { return baseURL }
    return (parts.host ?? "") + (parts.port.map { ":\($0)" } ?? "")
  }

  /// Whether the credential can be read on its way: without TLS, to another machine.
  var exposesCredential: Bool {
    server?.scheme == "http" && credential != .none && !isLocal
  }

  /// A text without what shows that one may ask, and without a proxy's password. What is shorter
  /// than any key is a local server's placeholder, and stands in many a word.
  func withoutCredential(_ text: String) -> String {
    var secrets: [String] = []
    switch credential {
    case .none: break
    case .apiKey(let secret), .bearer(let secret):
      secrets.append(secret.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    let parts = proxy.flatMap { URLComponents(string: $0) }
    secrets += [parts?.password, parts?.percentEncodedPassword].compactMap(\.self)
    return secrets.filter { $0.utf8.count >= 8 }.reduce(text) { $0.replacing($1, with: "…") }
  }

  /// Whether the server is Anthropic's own, which answers nobody without a key.
  package var isAnthropic: Bool {
    guard let host = server?.host?.lowercased() else { return false }
    return host == "anthropic.com" || host.hasSuffix(".anthropic.com")
  }

  /// Whether `baseURL` is the address of a server: `http` or `https`, a host, no query.
  package var hasServer: Bool { server != nil }

  /// Whether the server is on this machine.
  var isLocal: Bool {
    guard let host = server?.host?.lowercased() else { return false }
    if host == "localhost" || host.hasSuffix(".localhost") { return true }
    if host == "::1" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
  }

  /// The POST that asks `request`.
  /// - Throws: `ClaudeError.invalidBaseURL`, `.noKey`, `.invalidKey`.
  func post(_ request: ClaudeRequest) throws(ClaudeError) -> HTTPRequest {
    try self.request("/v1/messages", accepting: "text/event-stream", body: request.body)
  }

  /// A request to a path of the API.
  /// - Parameters:
  ///   - items: the query's names and values.
  ///   - body: JSON to post; nil: a GET.
  /// - Throws: `ClaudeError.invalidBaseURL`, `.noKey`, `.invalidKey`.
  func request(
    _ name: String, accepting type: String = "application/json", items: [String: String] = [:],
    body: [UInt8]? = nil
  ) throws(ClaudeError) -> HTTPRequest {
    guard var parts = server else { throw .invalidBaseURL(baseURL) }
    var path = parts.path[...]
    while path.hasSuffix("/") { path.removeLast() }
    // Some servers' documentation gives the address with it.
    if path.hasSuffix("/v1") { path.removeLast(3) }
    parts.path = path + name
    if !items.isEmpty {
      parts.queryItems = items.sorted { $0.key < $1.key }.map {
        URLQueryItem(name: $0.key, value: $0.value)
      }
    }
    guard let url = parts.string else { throw .invalidBaseURL(baseURL) }
    var headers = [
      HTTPRequest.Header("accept", type),
      HTTPRequest.Header("anthropic-version", version),
      HTTPRequest.Header("user-agent", "chatd"),
    ]
    if body != nil { headers.append(HTTPRequest.Header("content-type", "application/json")) }
    if let header = try credentialHeader() { headers.append(header) }
    return HTTPRequest(
      url: url, headers: headers, body: body, certificateFile: certificateFile,
      // libcurl would ask the environment's proxy for this machine too, where it is another one.
      proxy: proxy ?? (isLocal ? "" : nil), connectTimeout: connectTimeout,
      idleTimeout: idleTimeout, totalTimeout: totalTimeout)
  }

  private var server: URLComponents? {
    guard let parts = URLComponents(string: baseURL), let host = parts.host, !host.isEmpty,
      parts.scheme == "https" || parts.scheme == "http", parts.query == nil, parts.fragment == nil
    else { return nil }
    return parts
  }

  private func credentialHeader() throws(ClaudeError) -> HTTPRequest.Header? {
    switch credential {
    case .none:
      guard !isAnthropic else { throw .noKey }
      return nil
    case .apiKey(let key): return HTTPRequest.Header("x-api-key", try clean(key))
    case .bearer(let token):
      return HTTPRequest.Header("authorization", "Bearer " + (try clean(token)))
    }
  }

  /// A key as it may stand in a header: a file's last line break is no part of it, and another
  /// would be a header more.
  private func clean(_ key: String) throws(ClaudeError) -> String {
    let key = key.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !key.isEmpty else { throw .noKey }
    guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .invalidKey }
    return key
  }
}
