import ChatCore
import NIOCore

/// One message given to the children, and what came of it. Isolated to the supervisor.
final class Consultation {
  let number: Int
  let inquiry: Inquiry
  /// The message as JSON, encoded once for all children.
  let messageJSON: ByteBuffer
  /// Earlier entries, oldest first, as JSON; each child takes as many from the end as it wants.
  let earlier: [[UInt8]]
  /// When the turn asked: deadlines and latencies count from here.
  let startedAt: Duration
  private var collector: RollupCollector
  private let unwaited: Set<ChildID>
  private var continuation: CheckedContinuation<[ChildResponse], Never>?

  /// A consultation of the children `asked`, of whom those in `unwaited` are not waited for.
  init(
    number: Int, inquiry: Inquiry, earlier: [[UInt8]], startedAt: Duration, asked: Set<ChildID>,
    unwaited: Set<ChildID>, continuation: CheckedContinuation<[ChildResponse], Never>
  ) {
    self.number = number
    self.inquiry = inquiry
    self.earlier = earlier
    self.startedAt = startedAt
    self.unwaited = unwaited
    self.continuation = continuation
    messageJSON = ByteBuffer(bytes: Entry.message(inquiry.message).json)
    collector = RollupCollector(asked: asked, awaited: asked.subtracting(unwaited))
  }

  /// Whether the rollup is closed: what comes now is late.
  var isClosed: Bool { continuation == nil }

  /// Shows how far a child is.
  func show(_ child: ChildID, _ phase: Progress.Phase) {
    guard !isClosed else { return }
    inquiry.progress(
      Progress(
        thread: inquiry.message.thread, message: inquiry.message.id, child: child, phase: phase))
  }

  /// Takes a child's outcome.
  func record(_ response: ChildResponse) {
    switch collector.record(response) {
    case .recorded: show(response.child, .outcome(response))
    case .completed:
      show(response.child, .outcome(response))
      close()
    case .late(let late): inquiry.late(late)
    case .ignored: break
    }
  }

  /// Closes the rollup where nobody is waited for, which no outcome would do.
  func closeIfComplete() { if collector.isComplete { close() } }

  /// Closes the rollup: what has not come by now is late.
  func close() {
    guard let continuation else { return }
    let latency = Moment.now.steady - startedAt
    let responses = collector.close { child in
      ChildResponse(
        child: child, messageID: .next(at: .now), status: .timedOut,
        reason: unwaited.contains(child)
          ? "turns don't wait for it; its answer comes when it is there"
          : "another message was waiting; its answer comes when it is there",
        latency: latency, attempt: inquiry.attempt)
    }
    self.continuation = nil
    continuation.resume(returning: responses)
  }
}

/// One child's part in a consultation. Isolated to the supervisor.
final class Ask {
  let consultation: Consultation
  let child: ChildID
  let rules: Manifest.Messages
  /// When it is `timed_out`; partials put it off.
  var deadline: Duration
  /// Until then a late answer is welcome.
  let hardDeadline: Duration
  var timer: Scheduled<Void>?
  /// The request it was sent as; nil: it waits in the child's queue.
  var requestID: Int64?
  var generation: Int64 = 0
  /// Its partials so far.
  var text = ""
  /// Its deadline has passed: an answer is late.
  var isOverdue = false
  /// It was sent and counts in `max_in_flight`. One that was overdue already when it was sent does
  /// so until it is given up.
  var holdsPlace = false

  init(_ consultation: Consultation, child: ChildID, rules: Manifest.Messages) {
    self.consultation = consultation
    self.child = child
    self.rules = rules
    deadline = consultation.startedAt + rules.timeout
    hardDeadline = consultation.startedAt + rules.timeoutMax
  }

  /// Says what became of it.
  func end(_ status: ChildResponse.Status, _ reason: String? = nil, with reply: ReplyContent? = nil)
  {
    let kept = status == .replied ? nil : text.isEmpty ? nil : text
    consultation.record(
      ChildResponse(
        child: child, messageID: .next(at: .now), status: status, reason: reason,
        text: reply?.text ?? kept, html: reply?.html, data: reply?.data,
        latency: Moment.now.steady - consultation.startedAt,
        attempt: consultation.inquiry.attempt, generation: generation))
  }
}
