/// What a conversation works with.
package struct Surroundings: Sendable {
  package let journal: Journal
  package let reader: any EntryReader
  package let children: any ChildGroup
  package let tools: any ChildTools
  package let model: any LanguageModel
  package let sink: any EventSink
  /// How many rounds of calls an answer may have, where its thread says nothing of it.
  package let maxToolRounds: Int
  /// The wall clock, for identifiers and times.
  package let now: @Sendable () -> Timestamp
  /// Waits; where it is cancelled it returns early.
  package let pause: @Sendable (Duration) async -> Void
  /// Waits, while an answer is being written, until what has come of it is put on disk; where it is
  /// cancelled it returns early.
  package let draftPause: @Sendable (Duration) async -> Void
  /// Told what went wrong inside and was got over, for the log.
  package let report: @Sendable (String) -> Void

  package init(
    journal: Journal, reader: any EntryReader, children: any ChildGroup & ChildTools,
    model: any LanguageModel,
    sink: any EventSink, maxToolRounds: Int = 10,
    now: @escaping @Sendable () -> Timestamp = { .now },
    pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) },
    draftPause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) },
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.journal = journal
    self.reader = reader
    self.children = children
    tools = children
    self.model = model
    self.sink = sink
    self.maxToolRounds = maxToolRounds
    self.now = now
    self.pause = pause
    self.draftPause = draftPause
    self.report = report
  }
}
