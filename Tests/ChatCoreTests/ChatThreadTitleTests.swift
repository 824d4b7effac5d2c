import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct ChatThreadTitleTests {
  private let thread = ThreadID("t")

  @Test(arguments: [
    ("Plans", "Plans"), ("  Plans \t for\u{A0}today  \nand more", "Plans for today"),
    ("\n \n\u{0}\n second line\nthird", "second line"), ("a\u{0}b\u{7}c", "a b c"),
    ("one\r\ntwo", "one"), ("\u{200B}\nseen", "seen"),
    (String(repeating: "x", count: 80), String(repeating: "x", count: 80)),
    (String(repeating: "x", count: 81), String(repeating: "x", count: 79) + "…"),
    (String(repeating: "word ", count: 30), String(repeating: "word ", count: 15) + "word…"),
    (String(repeating: "👩‍👩‍👧‍👦", count: 30), String(repeating: "👩‍👩‍👧‍👦", count: 20) + "…"),
  ])
  func `A title is the first line, cut behind a word`(content: String, title: String) {
    #expect(ChatThread.title(from: content) == title)
  }

  @Test(arguments: [
    "", " \n\t", "\u{0}\u{1}\n", "\u{200B}\u{200B}", " \u{FEFF}\u{2060}\n\u{202E}",
  ])
  func `Where there is nothing to read there is no title`(content: String) {
    #expect(ChatThread.title(from: content) == nil)
  }

  @Test func `No title is longer than it may be`() {
    for count in 70..<90 {
      let words = String(repeating: "a", count: count) + " b"
      #expect((ChatThread.title(from: words)?.count ?? 0) <= 80)
    }
    let letters = "e" + String(repeating: "\u{301}", count: 5_000)
    #expect((ChatThread.title(from: letters)?.utf8.count ?? 0) < 1_024)
  }

  @Test func `The first thing a person says is the title, and what a person makes of it stays`()
    async throws
  {
    let chat = Chat(model: .off)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      try await chat.send("main has none")
      _ = try await chat.conversations.post(
        Post(text: "tick", thread: thread), by: ChildID("clock"))
      try await chat.send(" What to do\ntoday? ", thread: thread)
      await chat.settle()
      #expect(chat.log.state.value.threads[.main]?.title == nil)
      #expect(chat.log.state.value.threads[thread]?.title == "What to do")
      let seen = chat.sink.changes.compactMap {
        if case .thread(let thread) = $0.subject { thread.title } else { nil }
      }
      #expect(seen == ["What to do"])
      for title in ["Mine", nil] {
        _ = try await chat.conversations.changeThread(thread) { $0.title = title }
        try await chat.send("Another", thread: thread)
        await chat.settle()
        #expect(chat.log.state.value.threads[thread]?.title == title)
      }
    }
  }

  @Test func `A thread that a person has named keeps its name`() async throws {
    let chat = Chat(model: .off)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { $0.title = "Mine" }
      try await chat.send("Hello", thread: thread)
      await chat.settle()
      #expect(chat.log.state.value.threads[thread]?.title == "Mine")
    }
  }

  @Test func `A name that comes while the title is being made stays`() async throws {
    let chat = Chat(model: .off)
    let hearing = Gate()
    chat.log.interceptReadingResult { what in if what == "page" { await hearing.pass() } }
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      _ = try await chat.conversations.post(
        Post(text: "tick", thread: thread), by: ChildID("clock"))
      await chat.settle()
      try await chat.send("Hello", thread: thread)
      await hearing.reached()
      _ = try await chat.journal.commit(.thread(thread) { $0.title = "Mine" })
      hearing.open()
      await chat.settle()
      #expect(chat.log.state.value.threads[thread]?.title == "Mine")
    }
  }

  @Test func `A title that chatd had no time for is made by the next run`() async throws {
    let chat = Chat(log: MemoryLog(keepsMoments: true), model: .off)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      try await chat.send("Hello", thread: thread)
      await chat.settle()
    }
    let crashes = chat.log.moments.value.filter { $0.turns[thread] != nil }
    #expect(crashes.contains { $0.threads[thread]?.title == nil })
    for crash in crashes {
      let next = Chat(log: MemoryLog(crash), model: .off)
      try await next.run { await next.settle() }
      #expect(next.log.state.value.threads[thread]?.title == "Hello")
    }
  }
}
