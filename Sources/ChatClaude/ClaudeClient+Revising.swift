import ChatCore
import ChildProtocol
import Logging

extension ClaudeClient {
  /// The question as it can be asked again at once, where the server would not take it for what it
  /// has or for its length; nil: that would change nothing. Such a refusal costs nothing.
  func revised(_ question: Question, after error: ClaudeError) -> Question? {
    var next = question
    if let excess = ContextExcess(error) { return shorten(&next, excess) ? next : nil }
    guard case .status(let refusal) = error, [400, 422].contains(refusal.status) else { return nil }
    let body = question.asked.body
    let sent = OptionalField.sent(in: body)
    let isNamed = sent.contains { refusal.message.contains($0.rawValue) }
    let isRevised =
      isNamed && leaveOutFields(&next, refusal, sent)
      || shortenAnswer(&next, refusal) || leaveOutTool(&next, refusal, body)
      || leaveOutThinking(&next, body) || leaveOutFields(&next, refusal, sent)
    return isRevised ? next : nil
  }

  /// Notes what an answer shows: that what was left out on suspicion was what the server did not
  /// take.
  func learn(from question: Question) {
    if !question.features.thinking { features.refusesThinking(from: question.start) }
    let news = features.lacks(question.suspected)
    for field in news.sorted(by: { $0.rawValue < $1.rawValue }) {
      logger.notice("the server does not take a field", metadata: ["field": "\(field.rawValue)"])
    }
  }

  private func shorten(_ question: inout Question, _ excess: ContextExcess) -> Bool {
    guard question.revise(.window) else { return false }
    let byteCount = question.asked.body.count
    var bytesPerToken = ContextWindow.bytesPerToken
    if let tokens = excess.tokens, tokens > 0 { bytesPerToken = Double(byteCount) / Double(tokens) }
    guard let limit = excess.limit else {
      // Nobody says how much it may be, but this much is too much.
      let budget = Int(Double(byteCount) / bytesPerToken)
      return question.cut(toFit: budget, byteCount: byteCount, bytesPerToken: bytesPerToken)
    }
    features.limit(question.model, context: limit)
    let maxTokens = question.maxTokens
    question.maxTokens = ContextWindow.maxTokens(maxTokens, in: limit)
    let budget = Int(limit - question.maxTokens)
    // A shorter answer may be all that it needs.
    let isShorter = question.maxTokens < maxTokens
    let guess = isShorter ? Int64(Double(byteCount) / bytesPerToken) : nil
    if let tokens = excess.tokens ?? guess, tokens <= budget { return true }
    return question.cut(toFit: budget, byteCount: byteCount, bytesPerToken: bytesPerToken)
  }

  private func shortenAnswer(_ question: inout Question, _ refusal: ServerRefusal) -> Bool {
    guard let match = refusal.message.firstMatch(of: /max_tokens: (\d+) > (\d+), which is the max/),
      let limit = Int64(match.2), limit > 0, question.revise(.maxTokens)
    else { return false }
    features.limit(question.model, maxTokens: limit)
    question.maxTokens = min(question.maxTokens, limit)
    return true
  }

  private func leaveOutTool(
    _ question: inout Question, _ refusal: ServerRefusal, _ body: [UInt8]
  ) -> Bool {
    guard let match = refusal.message.firstMatch(of: /^tools\.(\d+)\./), let index = Int(match.1),
      let tools = (try? JSON(parsing: body))?["tools"]?.array, tools.indices.contains(index),
      let name = tools[index]["name"]?.string, question.revise(.tool(name))
    else { return false }
    logger.warning("the server refuses a tool", metadata: ["tool": "\(name)"])
    question.features.refusedTools.insert(name)
    let tool = question.request.tools.first { ToolName.of($0.child, $0.name) == name }
    if let tool { features.refuses(tool) }
    return true
  }

  private func leaveOutThinking(_ question: inout Question, _ body: [UInt8]) -> Bool {
    let text = String(decoding: body, as: UTF8.self)
    let hasThinking = ["thinking", "redacted_thinking"].contains {
      text.contains("\"type\":\"\($0)\"")
    }
    guard hasThinking, question.features.thinking, question.revise(.thinking) else { return false }
    question.features.thinking = false
    return true
  }

  private func leaveOutFields(
    _ question: inout Question, _ refusal: ServerRefusal, _ sent: Set<OptionalField>
  ) -> Bool {
    let fields = OptionalField.suspected(
      in: refusal, sent: sent, isAnthropic: configuration.isAnthropic)
    guard !fields.isEmpty, question.revise(.fields) || question.suspected.isDisjoint(with: fields)
    else { return false }
    question.leaveOut(fields)
    return true
  }
}

extension Question {
  /// Leaves fields out.
  mutating func leaveOut(_ fields: Set<OptionalField>) {
    suspected.formUnion(fields)
    if fields.contains(.cacheControl) { features.cacheControl = false }
    if fields.contains(.toolChoice) { features.toolChoice = false }
  }
}
