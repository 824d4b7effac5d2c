package import ChatCore
import NIOCore

/// Asking all children at once.
extension Supervisor: ChildGroup {
  package func consult(_ inquiry: Inquiry) async -> [ChildResponse]? {
    let startedAt = Moment.now.steady
    var asked = asked(by: inquiry)
    let wanted = asked.map(\.manifest.messages.context).max() ?? 0
    var earlier: [[UInt8]] = []
    if wanted > 0 {
      earlier = await inquiry.earlier(wanted).map(\.json)
      asked = self.asked(by: inquiry)
    }
    guard !asked.isEmpty else { return nil }
    lastConsultation += 1
    let number = lastConsultation
    defer { consultations[number] = nil }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let consultation = Consultation(
          number: number, inquiry: inquiry, earlier: earlier, startedAt: startedAt,
          asked: Set(asked.map(\.id)),
          unwaited: Set(asked.filter { !$0.manifest.messages.wait }.map(\.id)),
          continuation: continuation)
        consultations[number] = consultation
        for child in asked {
          child.take(Ask(consultation, child: child.id, rules: child.manifest.messages))
        }
        consultation.closeIfComplete()
        if Task.isCancelled { consultation.close() }
      }
    } onCancel: {
      loop.execute { self.assumeIsolated { $0.consultations[number]?.close() } }
    }
  }

  package func names() -> Set<ChildID> { Set(children.keys).union(invalid.keys) }

  /// Those that a message is for: the ones it names, or all that are wanted up, hear its role and
  /// are not muted. Whoever is down is not asked.
  private func asked(by inquiry: Inquiry) -> [Child] {
    children.values.filter { child in
      if let only = inquiry.only { return child.id == only }
      guard child.lifecycle.phase != .down else { return false }
      if let to = inquiry.message.to { return to.contains(child.id) }
      return child.isWanted && !inquiry.muted.contains(child.id)
        && child.manifest.messages.roles.contains(inquiry.message.role)
    }.sorted { $0.id < $1.id }
  }
}
