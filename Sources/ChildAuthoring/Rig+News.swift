import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

/// What a console asks of its rig.
extension Rig {
  /// How far somebody has heard.
  struct News: Hashable {
    var entryCount = 0
    var hasConnected = false
    /// Nothing comes any more.
    var isOver = false
  }

  /// What has become of a request.
  enum Reply: Sendable {
    /// No answer so far; the last partial came then.
    case pending(lastSign: Duration?)
    /// One of over 1 MiB, which was not kept.
    case tooLong
    case answered(Answer)
  }

  var name: String { setup.manifest.id.text }
  var now: Duration { board.now }

  /// The session is over: the child has ended, or closed, or the warden died.
  var isOver: Bool { board.look { $0.isOver || $0.spawnFailure != nil } }
  var hasConnected: Bool { board.look { $0.connectionCount > 0 } }
  /// The warden died, and nobody hears of the child's end.
  var isDeadWarden: Bool { board.look { $0.spawnFailure != nil } }

  /// What was said so far, for `history/get`.
  var history: [JSON] {
    get { board.look(\.host.history) }
    set { board.change { $0.host.history = newValue } }
  }

  /// Waits until there is more than `seen`. Blocks.
  func news(since seen: News) -> News {
    while true {
      let found = board.wait(within: .seconds(3600)) { contents -> News? in
        let news = News(
          entryCount: contents.transcript.count, hasConnected: contents.connectionCount > 0,
          isOver: contents.isOver || contents.spawnFailure != nil)
        return news == seen ? nil : news
      }
      if let found { return found }
    }
  }

  /// Hands out what the child did against the contract since this was last asked for.
  func takeBreaches() -> [RigBreach] { board.change { $0.takeBreaches() } }

  /// Hands out the answer to a request. That there was one is remembered, what it said is not.
  func takeAnswer(to id: Int64) -> Reply {
    board.change { contents in
      guard let asked = contents.asked[id], !asked.isTooLong else { return .tooLong }
      guard let answer = asked.answers.first else { return .pending(lastSign: asked.lastSign) }
      contents.asked[id]?.answers = [RigBoard.Answer(outcome: .success(.null), at: answer.at)]
      return .answered(Answer(outcome: answer.outcome, latency: answer.at - asked.at))
    }
  }

  /// Forgets that there was a request.
  func forget(_ id: Int64) { board.change { $0.asked[id] = nil } }

  /// Reads the manifest again.
  func manifestAnew() throws(AuthoringError) -> Manifest {
    do throws(Complaints) {
      return try Manifest(readingFolder: URL(fileURLWithPath: setup.manifest.folder))
    } catch {
      throw AuthoringError(.child, error.description)
    }
  }
}
