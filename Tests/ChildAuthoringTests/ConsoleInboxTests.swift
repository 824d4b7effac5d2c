import Foundation
import Testing

@testable import ChildAuthoring

@Suite struct ConsoleInboxTests {
  private func line(_ item: ConsoleInbox.Item?) -> String? {
    if case .line(let text)? = item { text } else { nil }
  }

  @Test func `what is put in comes out in order`() {
    let inbox = ConsoleInbox()
    for text in ["a", "b"] { #expect(inbox.put(.line(text))) }
    #expect(line(inbox.take()) == "a")
    #expect(line(inbox.take()) == "b")
    #expect(inbox.take(until: .now()) == nil)
  }

  @Test func `one who puts in faster than is taken waits, and loses nothing`() {
    let inbox = ConsoleInbox()
    Thread.detachNewThread { for number in 0..<1000 { _ = inbox.put(.line("\(number)")) } }
    for number in 0..<1000 { #expect(line(inbox.take()) == "\(number)") }
  }

  @Test func `what is urgent comes first, and lines only where they are wanted`() {
    let inbox = ConsoleInbox()
    inbox.put(.line("a"))
    inbox.put(.endOfInput)
    inbox.put(.news)
    inbox.put(.news)
    inbox.put(.signal(2))
    #expect(inbox.take(lines: false) == .signal(2))
    #expect(inbox.take(lines: false) == .news)
    #expect(inbox.take(lines: false, until: .now()) == nil)
    #expect(inbox.take() == .line("a"))
    #expect(inbox.take() == .endOfInput)
    #expect(inbox.take(until: .now()) == nil)
  }

  @Test func `lines that nobody wants yet hold up no news`() {
    let inbox = ConsoleInbox()
    Thread.detachNewThread {
      for number in 0..<1000 { inbox.put(.line("\(number)")) }
      inbox.put(.endOfInput)
    }
    Thread.detachNewThread { inbox.put(.news) }
    #expect(inbox.take(lines: false) == .news)
    for number in 0..<1000 { #expect(inbox.take() == .line("\(number)")) }
    #expect(inbox.take() == .endOfInput)
  }

  @Test func `all who wait are let go when it is closed`() {
    let inbox = ConsoleInbox()
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<3 {
      Thread.detachNewThread {
        while inbox.put(.line("x")) {}
        ended.signal()
      }
    }
    _ = inbox.take()
    inbox.close()
    for _ in 0..<3 { ended.wait() }
    #expect(!inbox.put(.endOfInput))
  }
}
