package import ChatCore
package import Logging

/// Claude, or any other model behind a server that speaks the Messages API.
///
/// Many answers stream side by side over one transport. What is logged are sizes, times, statuses
/// and the server's request identifier; never a text or the key.
package struct ClaudeClient: LanguageModel {
  let configuration: ClaudeConfiguration
  let transport: CurlTransport
  let server: ServerModels
  let features = ServerFeatures()
  private let clock: any Clock<Duration>
  private let random: @Sendable () -> Double
  let logger: Logger
  private let retries = RetryPolicy()

  /// A client with a transport of its own, which ends with the last copy of the client.
  /// - Parameters:
  ///   - clock: what the waits between tries go by; the network's limits go by real time.
  ///   - random: 0..<1, for the spread of these waits.
  /// - Throws: an error that says why libcurl can't be set up.
  package init(
    configuration: ClaudeConfiguration, logger: Logger,
    clock: any Clock<Duration> = ContinuousClock(),
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) throws {
    self.configuration = configuration
    self.logger = logger
    self.clock = clock
    self.random = random
    transport = try CurlTransport()
    server = ServerModels(configuration, transport)
    if configuration.exposesCredential {
      logger.warning("the key travels unencrypted", metadata: ["host": "\(configuration.host)"])
    }
  }

  package var assistant: Assistant { Assistant(kind: .claude, model: configuration.model) }

  package func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer {
    var question = try await question(request, hear)
    let model = question.model
    let listener = Listener { event in await hear(priced(event, model)) }
    var retryCount = 0
    while true {
      do {
        let answer = priced(try await ask(question.asked, listener), model)
        learn(from: question)
        logger.info(
          "answer complete",
          metadata: [
            "stop_reason": "\(answer.stopReason)",
            "output_tokens": "\(answer.usage?.outputTokens.map(String.init) ?? "-")",
          ])
        return answer
      } catch let error as ClaudeError {
        if !listener.hasBegun, let next = revised(question, after: error) {
          if next.first > question.first { await tell(next, hear) }
          question = next
          continue
        }
        let reason = reason(error, model)
        guard !listener.hasBegun,
          let delay = retries.delay(after: error, retries: retryCount, random: random())
        else { throw ModelFailure(isInterruption: listener.hasBegun, reason: reason) }
        retryCount += 1
        let cause = configuration.withoutCredential(
          error.cause(host: configuration.host, model: model))
        await hear(.retrying(attempt: retryCount, delay: delay, reason: cause))
        try await clock.sleep(for: delay)
      }
    }
  }

  /// The request as it is asked first, after what is known of the server.
  private func question(
    _ request: ModelRequest, _ hear: @Sendable (ModelEvent) async -> Void
  ) async throws -> Question {
    var question = Question(request, configuration)
    question.leaveOut(features.lacks)
    question.features.thinking = features.takesThinking(from: question.start)
    question.features.refusedTools = features.refusedNames(among: request.tools)
    do { question = try await fitted(question) } catch let error as ClaudeError {
      throw ModelFailure(isInterruption: false, reason: reason(error, question.model))
    }
    if question.first > 0 { await tell(question, hear) }
    return question
  }

  /// What happened, in words for a person. A server may quote the key that it refuses.
  func reason(_ error: ClaudeError, _ model: String) -> String {
    configuration.withoutCredential(error.reason(host: configuration.host, model: model))
  }

  /// Tells that turns are left out.
  private func tell(_ question: Question, _ hear: @Sendable (ModelEvent) async -> Void) async {
    logger.info("turns are left out", metadata: ["count": "\(question.first)"])
    if let entry = question.leftOutBefore { await hear(.leftOut(before: entry)) }
  }

  /// One try.
  /// - Throws: `ClaudeError`, or `CancellationError`.
  private func ask(_ asked: ClaudeRequest, _ listener: Listener) async throws -> ModelAnswer {
    try Task.checkCancellation()
    let post = try configuration.post(asked)
    let transfer = transport.open(post)
    return try await withTaskCancellationHandler {
      do {
        let answer = try await read(transfer, asked, listener)
        transfer.release()
        return answer
      } catch {
        transfer.cancel()
        log(error, bodyByteCount: post.body?.count ?? 0)
        throw error
      }
    } onCancel: {
      transfer.cancel()
    }
  }

  private func read(
    _ transfer: Transfer, _ asked: ClaudeRequest, _ listener: Listener
  ) async throws -> ModelAnswer {
    let response = ClaudeResponse(transfer)
    let head = try await response.head()
    logger.debug("answer begins", metadata: ["request_id": "\(head["request-id"] ?? "-")"])
    if !asked.tools.leftOut.isEmpty {
      let names = asked.tools.leftOut.map { "\($0.child)/\($0.name)" }
      logger.warning("no room for tools", metadata: ["tools": "\(names)"])
    }
    var stream = ClaudeStream()
    do { try await follow(response, listener, &stream) } catch let error as ClaudeError {
      // Once the stop reason is told the answer is whole, however the stream ends.
      guard stream.stopReason != nil else { throw error }
    }
    do { return try stream.answer(to: asked) } catch {
      if stream.stopReason != nil { listener.end() }
      throw error
    }
  }

  /// Reads to the end of the answer, or of the stream.
  private func follow(
    _ response: ClaudeResponse, _ listener: Listener, _ stream: inout ClaudeStream
  ) async throws {
    var decoder = EventStreamDecoder()
    while !stream.isOver, let piece = try await response.nextBody() {
      var text = ""
      let usage = stream.usage
      let result = Result {
        try decoder.decode(piece) { text += try stream.receive(.init($0)) ?? "" }
      }
      // What came ahead of a fault is heard before it is thrown.
      if stream.hasBegun { listener.begin() }
      if !text.isEmpty { await listener.hear(.text(text)) }
      if stream.usage != usage { await listener.hear(.usage(stream.usage)) }
      do { try result.get() } catch is EventStreamDecoder.TooLong {
        throw ClaudeError.unreadable(
          "an event of more than \(EventStreamDecoder.defaultByteLimit) bytes")
      }
    }
  }

  private func log(_ error: any Error, bodyByteCount: Int) {
    guard let error = error as? ClaudeError else { return }
    var metadata: Logger.Metadata = ["request_bytes": "\(bodyByteCount)"]
    switch error {
    case .status(let refusal):
      metadata["status"] = "\(refusal.status)"
      metadata["error_type"] = "\(refusal.type ?? "-")"
      metadata["request_id"] = "\(refusal.requestID ?? "-")"
    case .network(let failure): metadata["network"] = "\(failure.kind)"
    case .broken(let type, _): metadata["error_type"] = "\(type)"
    default: break
    }
    logger.warning("no whole answer", metadata: metadata)
  }
}
