import ChatCore
import ChildProtocol

/// The models that a server offers (`GET /v1/models`): asked for when somebody wants to know, and
/// then kept for a while.
actor ServerModels {
  /// For how long an answer holds.
  static let keptFor = Duration.seconds(900)
  /// For how long a failure does, so that a server that hangs is not waited for at each answer.
  static let failureKeptFor = Duration.seconds(60)
  /// Pages that are read at most; a page may have a thousand.
  static let pageLimit = 20
  private static let pageByteLimit = 4 << 20
  /// For a page; nobody wants to wait for longer.
  private static let pageTimeout = Duration.seconds(15)

  private let ask: @Sendable (HTTPRequest) async throws -> JSON
  private let configuration: ClaudeConfiguration
  private let now: @Sendable () -> ContinuousClock.Instant
  private var kept: (result: Result<[ModelInfo], ClaudeError>, until: ContinuousClock.Instant)?

  /// The models of the server that `configuration` names.
  init(
    _ configuration: ClaudeConfiguration, _ transport: CurlTransport,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.init(
      configuration, now: now,
      ask: { try await transport.json($0, byteLimit: Self.pageByteLimit) })
  }

  init(
    _ configuration: ClaudeConfiguration, now: @escaping @Sendable () -> ContinuousClock.Instant,
    ask: @escaping @Sendable (HTTPRequest) async throws -> JSON
  ) {
    self.configuration = configuration
    self.now = now
    self.ask = ask
  }

  /// All of them; none where the server does not tell.
  /// - Throws: `ClaudeError`, or `CancellationError`.
  func all() async throws -> [ModelInfo] {
    if let kept, kept.until > now() { return try kept.result.get() }
    do {
      let models = try await read()
      kept = (.success(models), now() + Self.keptFor)
      return models
    } catch let error as ClaudeError {
      guard !error.isLack else {
        kept = (.success([]), now() + Self.keptFor)
        return []
      }
      kept = (.failure(error), now() + Self.failureKeptFor)
      throw error
    }
  }

  /// What is known of a model by now, nothing being asked.
  func known(_ model: String) -> ModelInfo? {
    guard let kept, kept.until > now(), case .success(let models) = kept.result else { return nil }
    return Self.find(model, in: models)
  }

  /// What the server says of a model; nil where it says nothing, or can't be asked.
  func info(_ model: String) async -> ModelInfo? {
    guard let models = try? await all() else { return nil }
    return Self.find(model, in: models)
  }

  /// The model of that name, or the dated one that it stands for.
  private static func find(_ model: String, in models: [ModelInfo]) -> ModelInfo? {
    models.first { $0.id == model }
      ?? models.first {
        $0.id.hasPrefix(model + "-") && $0.id.dropFirst(model.count + 1).allSatisfy(\.isNumber)
      }
  }

  private func read() async throws -> [ModelInfo] {
    var models: [ModelInfo] = []
    var last: String?
    for _ in 0..<Self.pageLimit {
      var items = ["limit": "1000"]
      items["after_id"] = last
      var request = try configuration.request("/v1/models", items: items)
      request.idleTimeout = min(request.idleTimeout, Self.pageTimeout)
      request.totalTimeout = min(request.totalTimeout, Self.pageTimeout)
      let page = try await ask(request)
      guard let entries = page["data"]?.array else {
        throw ClaudeError.unreadable("it lists no models: \(Excerpt.of(page.bytes))")
      }
      models += entries.compactMap(ModelInfo.init)
      // A page that leads nowhere new would be read for ever.
      guard page["has_more"] == true, let next = page["last_id"]?.string, next != last else {
        break
      }
      last = next
    }
    return models
  }
}

extension ModelInfo {
  /// A model as Anthropic describes it, or as OpenAI and local servers do; nil: it has no name.
  fileprivate init?(_ json: JSON) {
    guard let id = json["id"]?.string, !id.isEmpty else { return nil }
    func count(_ keys: String...) -> Int64? {
      keys.lazy.compactMap { json[$0]?.int }.first { $0 > 0 }
    }
    self.init(
      id: id, name: json["display_name"]?.string,
      // vLLM's name for it, and that of gateways to many models.
      maxInputTokens: count("max_input_tokens", "max_model_len", "context_length"),
      maxTokens: count("max_tokens"))
  }
}

extension ClaudeError {
  /// Whether the server has no such path.
  var isLack: Bool {
    if case .status(let refusal) = self { [404, 405, 501].contains(refusal.status) } else { false }
  }
}

extension CurlTransport {
  /// The JSON that answers a request.
  /// - Throws: `ClaudeError`, or `CancellationError`.
  func json(_ request: HTTPRequest, byteLimit: Int) async throws -> JSON {
    let transfer = open(request)
    return try await withTaskCancellationHandler {
      do {
        let json = try await ClaudeResponse(transfer).json(byteLimit: byteLimit)
        transfer.release()
        return json
      } catch {
        transfer.cancel()
        throw error
      }
    } onCancel: {
      transfer.cancel()
    }
  }
}
