extension Conversations {
  /// Allows or refuses a call of the assistant's that waits for a person; with `remember` the same
  /// is done with that tool from now on.
  /// - Returns: the round as it is then.
  /// - Throws: `ChatError.notFound` for a call that is not there, `.conflict` for one that does not
  ///   wait, `.unavailable` where it can't be stored.
  package func approve(
    _ callID: String, allow: Bool, remember: Bool
  ) async throws -> Entry {
    guard let round = try await self.round(of: callID),
      let call = round.calls.first(where: { $0.callID == callID })
    else { throw ChatError.notFound(what: "call \(callID)") }
    guard call.status == .waiting else {
      throw ChatError.conflict(reason: "call \(callID) does not wait for a decision")
    }
    let conversation = try await conversation(of: round.thread)
    return try await conversation.decide(callID, allow: allow, remember: remember)
  }

  /// The round of a call, by whose identifier it is named.
  private func round(of callID: String) async throws -> ToolRound? {
    let named = callID.lastIndex(of: "-").map { String(callID[..<$0]) }
    for text in [callID, named].compactMap(\.self) {
      if let round = try await around.reader.entry(EntryID(text))?.toolRound { return round }
    }
    return nil
  }
}
