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
