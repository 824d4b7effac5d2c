import ChatCore
import NIOCore
import Testing

@testable import ChatWeb

struct WatcherTests {
  private let child = ChildID("dice")

  private func change(_ seq: Int64, bytes: Int = 0) -> LiveFrame {
    let text = String(repeating: "x", count: bytes)
    var message = Message(
      id: EntryID("\(seq)"), thread: .main, createdAt: Timestamp(milliseconds: 0), role: .user,
      content: text)
    message.seq = seq
    return LiveFrame(.changed(LoggedChange(prevSeq: seq - 1, subject: .entry(.message(message)))))!
  }

  private func delta(_ thread: String) -> LiveFrame {
    LiveFrame(.delta(thread: ThreadID(thread), message: EntryID("m"), offset: 0, text: "x"))!
  }

  private func line(_ text: String) -> LogLine {
    LogLine(at: Timestamp(milliseconds: 0), stream: .stdout, generation: 1, text: text)
  }

  private func watcher(events: Int = 10, bytes: Int = 10_000) -> Watcher {
    Watcher(floor: 5, eventLimit: events, byteLimit: bytes)
  }

  @Test func changesThatTheClientHasHadAreLeftOut() {
    var watcher = watcher()
    #expect(watcher.take(change(5)) == .skip)
    #expect(watcher.take(change(6)) == .send)
    #expect(watcher.takesEverything(from: 6))
    #expect(watcher.takesEverything(from: nil))
    #expect(!watcher.takesEverything(from: 5))
  }

  @Test func heldItKeepsChangesBackAndLeavesTheRestOut() {
    var watcher = watcher()
    watcher.hold()
    #expect(!watcher.takesEverything(from: 6))
    for seq: Int64 in 6...9 { #expect(watcher.take(change(seq)) == .skip) }
    #expect(watcher.take(delta("main")) == .skip)
    #expect(watcher.take(LiveFrame.children([])) == .skip)
    let kept = watcher.release(at: 7, threads: nil)
    #expect(kept.map(\.bytes) == [change(8).bytes, change(9).bytes])
    #expect(watcher.take(change(7)) == .skip)
    #expect(watcher.take(change(10)) == .send)
    #expect(watcher.take(delta("main")) == .send)
  }

  @Test func aSubscriptionThatFailsLosesNoChange() {
    var watcher = watcher()
    watcher.hold()
    _ = watcher.take(change(6))
    #expect(watcher.release().map(\.bytes) == [change(6).bytes])
    #expect(watcher.take(change(7)) == .send)
  }

  @Test func whatIsKeptBackIsBounded() {
    var byNumber = watcher(events: 2)
    byNumber.hold()
    #expect(byNumber.take(change(6)) == .skip)
    #expect(byNumber.take(change(7)) == .skip)
    #expect(byNumber.take(change(8)) == .overflow)
    var bySize = watcher(bytes: 1_000)
    bySize.hold()
    #expect(bySize.take(change(6, bytes: 2_000)) == .overflow)
  }

  @Test func deltasObeyTheThreadsOfTheSubscriptionAndChangesDoNot() {
    var watcher = watcher()
    watcher.hold()
    _ = watcher.release(at: 5, threads: [ThreadID("a")])
    #expect(watcher.take(delta("a")) == .send)
    #expect(watcher.take(delta("main")) == .skip)
    #expect(watcher.take(change(6)) == .send)
    #expect(watcher.take(LiveFrame.children([])) == .send)
    #expect(!watcher.takesEverything(from: 7))
  }

  @Test func linesOfALogComeToThoseWhoFollowIt() {
    var watcher = watcher()
    #expect(watcher.take([line("a")], dropped: 0, of: child, busy: false) == nil)
    watcher.holdLog(of: child)
    #expect(watcher.take([line("b"), line("c")], dropped: 2, of: child, busy: false) == nil)
    let newer = watcher.follow(child, after: [line("a"), line("b")])
    #expect(newer.lines == [line("c")] && newer.dropped == 2)
    #expect(watcher.take([line("d")], dropped: 1, of: child, busy: false) == 1)
    watcher.unfollow(child)
    #expect(watcher.take([line("e")], dropped: 0, of: child, busy: false) == nil)
  }

  @Test func linesThatWereReadAreNotRepeated() {
    var watcher = watcher()
    watcher.holdLog(of: child)
    let lines = ["x", "x", "y"].map(line)
    _ = watcher.take(lines, dropped: 0, of: child, busy: false)
    #expect(watcher.follow(child, after: [line("w")] + lines).lines == [])
  }

  @Test func whileTheSocketIsBusyLinesAreCountedAndLeftOut() {
    var watcher = watcher(events: 3)
    watcher.holdLog(of: child)
    _ = watcher.follow(child, after: [])
    #expect(watcher.take([line("a"), line("b")], dropped: 1, of: child, busy: true) == nil)
    #expect(watcher.take([line("c")], dropped: 0, of: child, busy: true) == nil)
    #expect(watcher.take([line("d")], dropped: 1, of: child, busy: false) == 5)
    #expect(watcher.take([line("e")], dropped: 0, of: child, busy: false) == 0)
  }

  @Test func linesKeptBackAreBoundedToo() {
    var watcher = watcher(events: 2)
    watcher.holdLog(of: child)
    for text in ["a", "b", "c"] {
      _ = watcher.take([line(text)], dropped: 0, of: child, busy: false)
    }
    let newer = watcher.follow(child, after: [])
    #expect(newer.lines == [line("a"), line("b")] && newer.dropped == 1)
  }
}
