import ChatCore
import ChildProtocol
import NIOCore

/// The answer to `subscribe` and what is replayed behind it, but for what goes on at the moment it
/// is sent.
///
/// What costs time is encoded when this is made, away from the event loop.
struct Subscription: Sendable {
  let seq: Int64
  let threads: Set<ThreadID>?
  private let epoch: String
  private let ref: JSON?
  private let isResumed: Bool
  /// The members of a snapshot, encoded.
  private let members: [(StaticString, [UInt8])]
  private let replay: [ByteBuffer]
  /// What has ended in what the client gets, whatever the hub has not heard yet: answers, and
  /// messages by their rollups.
  private let writtenAnswers: Set<EntryID>
  private let gatheredMessages: Set<EntryID>

  /// The answer to `request`, whose past was read from the log called `epoch`.
  init(_ request: SubscribeRequest, _ past: Past, epoch: String, ref: JSON?) {
    seq = past.seq
    threads = request.threads
    self.epoch = epoch
    self.ref = ref
    let entries = past.entries
    writtenAnswers = Set(
      entries.compactMap(\.message).filter { $0.status != .streaming }.map(\.id))
    gatheredMessages = Set(entries.compactMap { $0.rollup?.originalMessageID })
    switch past {
    case .replay(let subjects, let from):
      isResumed = true
      members = []
      var last = from
      replay = subjects.map { subject in
        defer { last = subject.seq }
        return LiveFrame.change(LoggedChange(prevSeq: last, subject: subject))
      }
    case .snapshot(let page, let thread, let threads):
      isResumed = false
      replay = []
      members = [
        ("thread", Array(JSON.string(thread.text).bytes)),
        ("threads", Self.encode(threads) { $0.write(to: &$1) }),
        ("messages", Self.encode(page.entries) { $0.write(to: &$1) }),
        ("queued", Self.encode(page.queued) { Entry.message($0).write(to: &$1) }),
        ("forks", Self.encode(page.forks) { $0.write(to: &$1) }),
      ]
    }
  }

  /// The answer as of `live`, and what is replayed.
  func frames(_ live: LiveState) -> [ByteBuffer] {
    let speeches = live.speeches.filter {
      !writtenAnswers.contains($0.key) && isWatched($0.value.thread)
    }
    let gatherings = live.gatherings.filter {
      !gatheredMessages.contains($0.key) && isWatched($0.value.thread)
    }
    let answer = Answer.frame("subscribed", ref: ref) { writer in
      writer.field("epoch", epoch)
      writer.field("seq", seq)
      writer.field("resumed", isResumed)
      writer.list("children", live.children) { $0.write(to: &$1) }
      writer.list("streaming", speeches.sorted { $0.key < $1.key }) { speech, writer in
        writer.object {
          $0.field("message_id", speech.key.text)
          $0.field("text", speech.value.text)
          $0.field("thread", speech.value.thread.text)
          if let retry = speech.value.retry {
            $0.key("retry")
            $0.object { retry.writeMembers(to: &$0) }
          }
        }
      }
      writer.list("rollups", gatherings.sorted { $0.key < $1.key }) { gathering, writer in
        writer.object {
          $0.field("message_id", gathering.key.text)
          $0.field("elapsed_ms", gathering.value.startedAt.duration(to: .now).wholeMilliseconds)
          $0.list("child_responses", gathering.value.inOrder) { $0.write(to: &$1) }
          $0.field("thread", gathering.value.thread.text)
        }
      }
      for (name, json) in members {
        writer.key(name)
        writer.rawBytes(json)
      }
    }
    return [answer] + replay
  }

  private func isWatched(_ thread: ThreadID) -> Bool { threads?.contains(thread) ?? true }

  private static func encode<Element>(
    _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = JSONWriter(capacity: 4096)
    writer.array { for element in elements { write(element, &$0) } }
    return writer.bytes
  }
}

extension LiveState.Gathering {
  /// What each child asked has come to, in order of their names.
  fileprivate var inOrder: [Progress] { children.values.sorted { $0.child < $1.child } }
}

extension Progress {
  /// Writes an outcome as the rollup will have it, what is not one yet as far as it has come.
  fileprivate func write(to writer: inout JSONWriter) {
    if case .outcome(let response) = phase { return response.write(to: &writer) }
    writer.object {
      $0.field("child_id", child.text)
      $0.field("status", status)
      $0.field("text", text)
    }
  }
}
