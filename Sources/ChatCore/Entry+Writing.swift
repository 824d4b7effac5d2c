package import ChildProtocol

extension Entry {
  /// The entry as the contract's §3 shows it, compact, keys in its order.
  package var json: [UInt8] {
    var writer = JSONWriter(capacity: 512)
    write(to: &writer)
    return writer.bytes
  }

  /// Writes the entry as the contract's §3 shows it.
  package func write(to writer: inout JSONWriter) {
    writer.object { object in
      switch self {
      case .message(let message): message.writeMembers(to: &object)
      case .rollup(let rollup): rollup.writeMembers(to: &object)
      case .toolRound(let round): round.writeMembers(to: &object)
      }
    }
  }

  /// Writes what the entry is, when it was and who spoke, without what was said.
  package func writeOutline(to writer: inout JSONWriter) {
    writer.object { object in
      switch self {
      case .message(let message):
        Self.writeHead("Message", self, to: &object)
        object.field("role", message.role.rawValue)
        object.field("author", message.author?.text)
        object.field("status", message.status.rawValue)
      case .rollup(let rollup):
        Self.writeHead("Rollup", self, to: &object)
        object.field("original_message_id", rollup.originalMessageID.text)
      case .toolRound(let round):
        Self.writeHead("ToolRound", self, to: &object)
        object.field("original_message_id", round.originalMessageID.text)
      }
    }
  }

  fileprivate static func writeHead(
    _ type: String, _ entry: Entry, to writer: inout JSONWriter
  ) {
    writer.field("type", type)
    writer.field("id", entry.id.text)
    writer.field("parent", entry.parent?.text)
    writer.field("thread", entry.thread.text)
    writer.field("seq", entry.seq)
    writer.field("created_at", entry.createdAt.description)
  }
}

extension Message {
  fileprivate func writeMembers(to writer: inout JSONWriter) {
    Entry.writeHead("Message", .message(self), to: &writer)
    writer.field("role", role.rawValue)
    writer.field("content", content)
    writer.field("to", to.map { JSON.array($0.map { .string($0.text) }) })
    writer.field("author", author?.text)
    writer.field("status", status.rawValue)
    writer.field("error", error)
    writer.field("model", model)
    writer.field("stop_reason", stopReason)
    writer.key("usage")
    if let usage { usage.write(to: &writer) } else { writer.null() }
    if let contextFrom { writer.field("context_from", contextFrom.text) }
    // Only what a child has posted may have them.
    if let html { writer.field("html", html) }
    if let data { writer.field("data", data) }
  }
}

extension Message.Usage {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("input_tokens", inputTokens)
      $0.field("output_tokens", outputTokens)
      $0.field("cache_creation_input_tokens", cacheCreationInputTokens)
      $0.field("cache_read_input_tokens", cacheReadInputTokens)
      if let costMicroUSD { $0.field("cost_micro_usd", costMicroUSD) }
    }
  }
}

extension Rollup {
  fileprivate func writeMembers(to writer: inout JSONWriter) {
    Entry.writeHead("Rollup", .rollup(self), to: &writer)
    writer.field("original_message_id", originalMessageID.text)
    writer.key("child_responses")
    writer.array { array in
      for response in responses { response.write(to: &array) }
    }
  }
}

extension ChildResponse {
  /// Writes the response as it stands in a rollup.
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("child_id", child.text)
      $0.field("message_id", messageID.text)
      $0.field("status", status.rawValue)
      $0.field("reason", reason)
      $0.field("late", late)
      $0.field("text", text)
      $0.field("html", html)
      $0.field("data", data)
      $0.field("latency_ms", latency.json)
      $0.field("attempt", Int64(attempt))
      $0.field("generation", generation)
    }
  }
}

extension ToolRound {
  fileprivate func writeMembers(to writer: inout JSONWriter) {
    Entry.writeHead("ToolRound", .toolRound(self), to: &writer)
    writer.field("original_message_id", originalMessageID.text)
    writer.key("calls")
    writer.array { array in
      for call in calls {
        array.object {
          $0.field("call_id", call.callID)
          $0.field("child_id", call.child.text)
          $0.field("tool", call.tool)
          $0.field("arguments", call.arguments)
          $0.field("status", call.status.rawValue)
          $0.field("reason", call.reason)
          $0.field("content", call.content)
          $0.field("latency_ms", call.latency.json)
        }
      }
    }
  }
}

extension ChatThread {
  /// Writes the thread as the contract's §4 shows it.
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.text)
      $0.field("title", title)
      $0.field("created_at", createdAt.description)
      $0.field("head", head?.text)
      $0.field("model", model)
      $0.field("system", system)
      $0.field("max_tokens", maxTokens)
      $0.field("max_tool_rounds", maxToolRounds)
      $0.field("muted", JSON.array(muted.sorted().map { .string($0.text) }))
      $0.field("read_seq", readSeq)
      $0.field("last_seq", lastSeq)
      $0.field("deleted_at", deletedAt?.description)
      $0.field("seq", seq)
    }
  }
}

extension Duration {
  /// Milliseconds, to the microsecond, as JSON shows a latency.
  package var json: JSON {
    let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    let (whole, fraction) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    let sign = microseconds < 0 ? "-" : ""
    guard fraction != 0 else { return .number("\(sign)\(whole)") }
    let digits = String(fraction + 1000).dropFirst()
    return .number("\(sign)\(whole).\(digits)")
  }
}
