import ChatCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct ChildLogTests {
  private let folder: TemporaryFolder
  private let events = EventRecorder()

  init() throws { folder = try TemporaryFolder() }

  private func log() -> ChildLog {
    ChildLog(
      child: ChildID("echo"), path: folder.url.appendingPathComponent("echo.log").path,
      rules: Manifest.Log(), publish: { [events] in events.publish($0) })
  }

  private func at(_ milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_000_000 + milliseconds)
  }

  /// What was published, as `DROPPED TEXT…`.
  private var published: [String] {
    events.events.map { event in
      guard case .logLines(let child, let lines, let dropped) = event, child.text == "echo" else {
        return "another event"
      }
      return ([String(dropped)] + lines.map(\.text)).joined(separator: " ")
    }
  }

  @Test func `the last lines come oldest first`() {
    let log = log()
    for number in 0..<5 { log.append("\(number)", .stdout, generation: 1, at: at(0)) }
    #expect(log.last(3, at: at(0)).map(\.text) == ["2", "3", "4"])
    #expect(log.last(99, at: at(0)).count == 5)
    #expect(log.last(0, at: at(0)).isEmpty && log.last(-1, at: at(0)).isEmpty)
  }

  @Test func `of the lines between two moments the last come, both ends among them`() {
    let log = log()
    // The clock goes back in between.
    for time in [10, 20, 30, 5, 20, 40] as [Int64] {
      log.append("\(time)", .stdout, generation: 1, at: at(time))
    }
    func texts(_ count: Int, _ from: Int64?, _ to: Int64?) -> [String] {
      let span = TimeSpan(from: from.map(at), to: to.map(at))
      return log.last(count, within: span, at: at(40)).map(\.text)
    }
    #expect(texts(99, 20, 30) == ["20", "30", "20"])
    #expect(texts(2, 20, 30) == ["30", "20"])
    #expect(texts(99, 21, nil) == ["30", "40"])
    #expect(texts(99, nil, 10) == ["10", "5"])
    #expect(texts(99, 41, nil).isEmpty && texts(99, 30, 20).isEmpty)
    #expect(texts(99, nil, nil).count == 6)
  }

  @Test func `a line is kept as it came, in memory and on disk`() throws {
    let log = log()
    log.append("héllo", .stderr, generation: 7, at: at(5))
    #expect(
      log.last(1, at: at(5))
        == [LogLine(at: at(5), stream: .stderr, generation: 7, text: "héllo")])
    let file = try String(
      contentsOf: folder.url.appendingPathComponent("echo.log"), encoding: .utf8)
    #expect(file == "\(at(5)) stderr 7 héllo\n")
  }

  @Test func `memory holds so many lines and no more`() {
    let log = log()
    for number in 0..<20_000 {
      log.append("\(number)", .stdout, generation: 1, at: at(Int64(number) * 10))
    }
    let lines = log.last(100_000, at: at(199_990))
    #expect((ChildLog.lineLimit...ChildLog.lineLimit * 5 / 4).contains(lines.count))
    #expect(lines.last?.text == "19999")
    #expect(lines.map { Int($0.text) ?? 0 } == Array((20_000 - lines.count)..<20_000))
  }

  @Test func `memory holds so many bytes and no more`() {
    let log = log()
    let text = String(repeating: "x", count: ChildLog.lineByteLimit)
    for number in 0..<100 {
      log.append(text, .stdout, generation: 1, at: at(Int64(number) * 1000))
    }
    let lines = log.last(100_000, at: at(99_000))
    #expect((16...20).contains(lines.count))
  }

  @Test func `lines beyond what a second may bring are dropped and told of`() {
    let log = log()
    let text = String(repeating: "x", count: 64 << 10)
    for _ in 0..<30 { log.append(text, .stdout, generation: 1, at: at(0)) }
    let kept = log.last(100, at: at(0))
    #expect(kept.count == 16)
    #expect(
      kept.last?.text == "more than 1 MiB in a second: lines are dropped from here",
      "the last that is seen of a flood says that it is one")
    log.append("chatd's own", .chatd, generation: 1, at: at(999))
    #expect(log.last(100, at: at(999)).count == 17)
    log.append("next", .stderr, generation: 2, at: at(1000))
    let last = log.last(2, at: at(1000))
    #expect(last.map(\.text) == ["15 lines dropped: more than 1 MiB in a second", "next"])
    #expect(last.map(\.stream) == [.chatd, .stderr])
    #expect(last.map(\.generation) == [2, 2])
    log.append("again", .stderr, generation: 2, at: at(2000))
    #expect(log.last(1, at: at(2000)).map(\.text) == ["again"], "they are told of once")
  }

  @Test func `what was not even read is told of too`() {
    let log = log()
    log.append("first", .stdout, generation: 1, at: at(0))
    log.drop(7)
    log.append("same second", .stdout, generation: 1, at: at(1))
    log.append("next", .stdout, generation: 1, at: at(1000))
    #expect(
      log.last(9, at: at(1000)).map(\.text) == [
        "first", "same second", "7 lines dropped: more than 1 MiB in a second", "next",
      ])
  }

  @Test func `a clock that is put back is a new second`() {
    let log = log()
    let text = String(repeating: "x", count: 64 << 10)
    for _ in 0..<30 { log.append(text, .stdout, generation: 1, at: at(5000)) }
    log.append("earlier", .stdout, generation: 1, at: at(0))
    #expect(log.last(1, at: at(0)).map(\.text) == ["earlier"])
  }

  @Test func `lines are published while somebody tails`() {
    let log = log()
    log.append("unseen", .stdout, generation: 1, at: at(0))
    log.tail(true)
    log.tail(true)
    log.append("one", .stdout, generation: 1, at: at(0))
    log.tail(false)
    log.append("two", .chatd, generation: 1, at: at(0))
    log.tail(false)
    log.tail(false)
    log.append("unseen", .stdout, generation: 1, at: at(0))
    log.tail(true)
    log.drop(3)
    log.append("three", .stdout, generation: 1, at: at(1000))
    #expect(published == ["0 one", "0 two", "3 three"])
  }

  @Test func `several lines at once are a line each`() throws {
    let log = log()
    log.tail(true)
    log.append("[info] one\n\ntwo", .chatd, generation: 4, at: at(0))
    let lines = log.last(9, at: at(0))
    #expect(lines.map(\.text) == ["[info] one", "", "two"])
    #expect(lines.allSatisfy { $0.stream == .chatd && $0.generation == 4 })
    #expect(published == ["0 [info] one", "0 ", "0 two"])
    let file = try String(
      contentsOf: folder.url.appendingPathComponent("echo.log"), encoding: .utf8)
    #expect(file.split(separator: "\n").allSatisfy { $0.contains(" chatd 4 ") })
  }

  @Test func `a generation's last words are its own`() {
    let log = log()
    for number in 0..<5 {
      log.append("out \(number)", .stdout, generation: 1, at: at(0))
      log.append("error \(number)", .stderr, generation: 1, at: at(0))
      log.append("chatd", .chatd, generation: 1, at: at(0))
    }
    log.append("next", .stderr, generation: 2, at: at(0))
    log.append("only out", .stdout, generation: 3, at: at(0))
    #expect(log.lastLines(of: 1, lineCount: 2) == ["error 3", "error 4"])
    #expect(log.lastLines(of: 1, lineCount: 50).count == 5)
    #expect(log.lastLines(of: 2, lineCount: 50) == ["next"])
    #expect(log.lastLines(of: 3, lineCount: 50) == ["only out"])
    #expect(log.lastLines(of: 4, lineCount: 50) == [])
  }

  @Test func `many threads write whole lines`() throws {
    let log = log()
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<100 {
        log.append("\(thread) \(number)", .stdout, generation: Int64(thread), at: at(0))
      }
    }
    let lines = log.last(10_000, at: at(0))
    #expect(lines.count == 800)
    for thread in 0..<8 {
      let own = lines.filter { $0.generation == thread }.map(\.text)
      #expect(own == (0..<100).map { "\(thread) \($0)" })
    }
    let file = try String(
      contentsOf: folder.url.appendingPathComponent("echo.log"), encoding: .utf8)
    #expect(file.split(separator: "\n").count == 800)
  }
}
