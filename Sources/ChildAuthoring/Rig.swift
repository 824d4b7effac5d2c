package import ChatChildren
import ChatCore
package import ChildProtocol
import Foundation

/// One child, alone: started through a warden of its own with what chatd would give it, and spoken
/// to frame by frame, with every byte under control.
///
/// Everything that waits blocks: use it from a thread of yours, not from the cooperative pool. Each
/// rig has to be ended; until then it keeps its warden and its thread.
package final class Rig: Sendable {
  /// What a child is started with.
  package struct Setup: Sendable {
    package var manifest: Manifest
    /// The warden's program.
    package var wardenPath: String
    /// The folder of chatd's own programs, for the child's PATH.
    package var chatdFolder: String
    /// chatd's environment, of which the child gets what its manifest names.
    package var environment: [String: String]
    /// What `initialize` says that it has saved.
    package var state = JSON.null
    package var generation: Int64 = 1
    /// Its door stays open once it is in, to see whether it connects again.
    var keepsDoor = false
    /// It runs below a shell that outlives it, says so with `heldLine` on standard error, and so
    /// keeps what the child leaves behind from being ended.
    var isHeld = false
    /// Somebody talks to it for as long as they like: its transcript rolls, and its frames and its
    /// log have no end.
    package var isOpenEnded = false

    package init(
      manifest: Manifest, wardenPath: String, chatdFolder: String, environment: [String: String]
    ) {
      self.manifest = manifest
      self.wardenPath = wardenPath
      self.chatdFolder = chatdFolder
      self.environment = environment
    }
  }

  /// What the shell of a held child says when that has ended, before its exit code.
  static let heldLine = "held after exit code "
  private static let heldScript = "\"$@\"; echo \"\(heldLine)$?\" >&2; exec sleep 600"

  package let setup: Setup
  let board: RigBoard
  private let warden: Warden
  private let pumpEnded = DispatchSemaphore(value: 0)

  /// Starts the child; what becomes of it, `connect` tells.
  /// - Throws: `AuthoringError.system` where the system refuses, `.child` where the manifest's
  ///   words can't be followed: a program that is not there, say.
  package init(_ setup: Setup) throws(AuthoringError) {
    self.setup = setup
    let board = try RigBoard(RigHost(setup.manifest), isOpenEnded: setup.isOpenEnded)
    self.board = board
    do throws(ChildError) {
      warden = try Warden(
        path: setup.wardenPath, log: { board.note("warden: \($0)") }, report: { board.heard($0) })
    } catch {
      throw AuthoringError(.system, "\(error)")
    }
    do throws(AuthoringError) {
      try launch()
    } catch {
      warden.stop()
      throw error
    }
  }

  private func launch() throws(AuthoringError) {
    let account: Account?
    do throws(ChildError) { account = try setup.manifest.limits.user.map(Account.init) } catch {
      throw AuthoringError(.child, "\(setup.manifest.id): \(error)")
    }
    let door = try RigDoor(for: account, isKept: setup.keepsDoor)
    do throws(ChildError) {
      var launch = try Launch(
        setup.manifest, socket: door.path, chatdFolder: setup.chatdFolder,
        environment: setup.environment)
      if setup.isHeld {
        launch.arguments =
          ["sh", "-c", Self.heldScript, "sh", launch.executable] + launch.arguments.dropFirst()
        launch.executable = "/bin/sh"
      }
      _ = try warden.spawn(launch)
    } catch {
      door.close()
      throw AuthoringError(.child, "\(setup.manifest.id): \(error)")
    }
    Thread.detachNewThread { [board, pumpEnded, isOpenEnded = setup.isOpenEnded] in
      var pump = RigPump(board, door, isOpenEnded: isOpenEnded)
      pump.run()
      pumpEnded.signal()
    }
  }

  /// Ends the child and all below it, and waits for that. Afterwards the transcript is whole.
  package func end() {
    warden.stop()
    board.change { $0.orders.append(.finish) }
    board.wake()
    pumpEnded.wait()
    // For whoever ends it a second time.
    pumpEnded.signal()
  }

  /// All that happened so far.
  package var transcript: RigTranscript { board.look(\.transcript) }

  /// Waits until there have been more than `count` entries, or `limit` is over.
  /// - Returns: those of the new ones that are kept, and how many there have been by then.
  package func entries(
    after count: Int, within limit: Duration
  ) -> (entries: [RigTranscript.Entry], total: Int) {
    _ = board.wait(within: limit) { $0.transcript.count > count ? true : nil }
    return board.look { (Array($0.transcript.entries(after: count)), $0.transcript.count) }
  }

  /// The child's process; nil until it runs.
  package var pid: Int32? { board.look(\.pid) }
  /// What it saved since it was started; nil: nothing.
  package var savedState: JSON? { board.look(\.host.saved) }
}

extension RigBoard {
  /// Takes in what the warden says.
  fileprivate func heard(_ event: WardenEvent) {
    let now = now
    change { contents in
      switch event {
      case .spawned(_, let pid, let output, let errors, _):
        contents.pid = pid
        contents.openPipeCount = [output, errors].count { $0 >= 0 }
        contents.orders.append(.read(output: output, errors: errors))
        contents.transcript.add(.note, "it was started as process \(pid)".utf8, at: now)
      case .spawnFailed(_, let reason):
        contents.spawnFailure = reason
        contents.transcript.add(.note, reason.utf8, at: now)
      case .exited(_, let end, _):
        contents.end = (end, now)
        contents.transcript.add(.note, "it \(end.words)".utf8, at: now)
      case .gone: contents.isGone = true
      case .lost: contents.spawnFailure = "the warden died"
      }
    }
    wake()
  }
}

extension ProcessEnd {
  /// "exited with code 1", "was ended by SIGKILL".
  package var words: String {
    switch self {
    case .exited(let code): "exited with code \(code)"
    case .signalled(let name): "was ended by \(name)"
    }
  }
}
