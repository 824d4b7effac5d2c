import ChatCore
import ChildProtocol
import GRDB
import Testing

@testable import ChatStore

@Suite struct SQLiteStoreSearchTests {
  @Test(arguments: [
    ("quick", true), ("QUICK brown", true), ("brown quick", true), ("quick red", false),
    ("qui", true), ("qui ", false), ("uick", false), ("q", true), ("über", true), ("uber", true),
    ("ÜBER", true), (#""quick brown""#, true), (#""brown quick""#, false), (#""quick bro"#, true),
    (#""quick bro""#, false), ("over-lazy", true), ("lazy-over", true), ("jump", true),
    ("jumpe", true), ("jumped", false), ("jumpe lazy", false), ("lazy jumpe", true),
    ("42", true), ("4", true), ("42.0", false), ("…quick,", true), ("quick -", true),
    (#""jumper over""#, false), (#""brown jumpe"#, true), (#""quick jumpe"#, false), ("早", true),
  ])
  func `Every word has to be there, the last one may be unfinished`(
    query: String, isFound: Bool
  ) async throws {
    try await withStore { store in
      let said = try await store.say("Quick brown jumper über-lazy; over lazy 42 早い")
      try await store.say("nothing of that")
      #expect(try await store.found(query) == (isFound ? [said.id] : []))
    }
  }

  @Test(arguments: ["", " ", "\n", "\"", "\"\"", "* - ()", "…", "\0", "🎲", "\"---\" ***"])
  func `Without a word there is nothing to look for`(query: String) async throws {
    try await withStore { store in
      try await store.say("anything")
      await #expect(throws: ChatError.invalid(field: "q", expected: "a word to look for")) {
        try await store.search(query)
      }
    }
  }

  @Test(arguments: [
    "AND", "or NOT near", "NEAR(quick", "text:quick", "{text}", "thread : 6D61696E", "^quick",
    "quick*", "*quick", "(quick", "quick)", "'quick", "quick;--", "\"quick", "qu\"ick", "quick\0",
    "search MATCH x", "\u{E000}6D61696E", "a+b", "-quick", "quick NOT brown", "rank:", "%x_",
  ])
  func `What means something to FTS5 means nothing here`(query: String) async throws {
    try await withStore { store in
      _ = try await store.search(query)
      let said = try await store.say("before \(query.column) behind")
      #expect(try await store.found(query) == [said.id])
    }
  }

  @Test func `Replies and results of tools are found, and whose they are is said`() async throws {
    try await withStore { store in
      let said = try await store.say("roll it")
      let rollup = try await store.stored(
        .append(
          .rolledUp(
            said, [.replied("dice", "a seven"), .replied("mute", nil), .replied("poet", "heaven")]))
      )
      let round = try await store.stored(
        .append(
          .round(
            after: rollup, [["type": "text", "text": "fourteen"], ["type": "image"], "loose"],
            "no list", [["type": "text", "text": "fifteen"], ["text": ["no": "text"]], nil, 7])))
      for (query, entry, child) in [
        ("roll", said, nil), ("seven", rollup, "dice"), ("heaven", rollup, "poet"),
        ("fourteen", round, "child0"), ("fifteen", round, "child2"),
      ] {
        let hits = try await store.search(query).hits
        #expect(hits.map(\.entry) == [entry])
        #expect(hits.map { $0.child?.text } == [child])
        #expect(hits.first?.snippet.filter(\.isMatch).map(\.text) == [query])
      }
      #expect(try await store.search("heaven").hits[0].marked == "[heaven]")
      #expect(try await store.found("loose") == [])
      #expect(try await store.found("no") == [])
      try await store.checkIndex()
    }
  }

  @Test func `A thread is searched alone, a deleted one not at all`() async throws {
    try await withStore { store in
      // One identifier begins with the other, and both have what makes no word.
      let (a, b) = (ThreadID("t-1"), ThreadID("t-1 \"2"))
      for thread in [a, b] { try await store.commit(.thread(thread, create: true) { _ in }) }
      let here = try await store.say("word main")
      let there = try await store.say("word", thread: a)
      let further = try await store.say("word", thread: b)
      #expect(try await Set(store.found("word")) == [here.id, there.id, further.id])
      for (thread, entry) in [(ThreadID.main, here), (a, there), (b, further)] {
        #expect(try await store.found("word", in: thread) == [entry.id])
      }
      #expect(try await store.found("main", in: a) == [])

      try await store.commit(.thread(a) { $0.deletedAt = .then })
      #expect(try await Set(store.found("word")) == [here.id, further.id])
      for thread in [a, ThreadID("none")] {
        await #expect(throws: ChatError.notFound(what: "thread \(thread)")) {
          try await store.search("word", in: thread)
        }
      }
      try await store.commit(.thread(a) { $0.deletedAt = nil })
      #expect(try await store.found("word", in: a) == [there.id])
    }
  }

  @Test func `What is queued is found at once, what is streaming once it has ended`() async throws {
    try await withStore { store in
      let queued = try await store.stored(.append(.said("early", status: .queued)))
      #expect(try await store.found("early") == [queued.id])
      try await store.stored(.amend(queued.id) { $0.place(after: nil) })
      #expect(try await store.found("early") == [queued.id])
      let speech = try await store.stored(
        .append(.said("", after: queued.id, status: .streaming, role: .assistant)))
      try await store.commit(.draft(speech.id, text: "once"))
      #expect(try await store.found("once") == [])
      try await store.amend(speech.id, to: "once upon")
      #expect(try await store.found("once") == [speech.id])
      try await store.checkIndex()
    }
  }

  @Test func `The best comes first, and of equals the newest`() async throws {
    try await withStore { store in
      let once = try await store.say("the cat sat there and looked at what was going on outside")
      let twice = try await store.say("the cat sat there and looked at the cat outside, as usual")
      let short = try await store.say("a cat")
      let category = try await store.say("a category")
      let again = try await store.say("a cat")
      #expect(try await store.found("cat") == [again, short, twice, category, once].map(\.id))
      let finished = try await store.found("cat ")
      #expect(finished.contains(category.id) == false && finished.count == 4)
      #expect(finished.last == once.id)
    }
  }

  @Test func `Pages lead back to the first entry, each hit once`() async throws {
    try await withStore { store in
      var ids: [EntryID] = []
      for number in 1...23 {
        ids.append(try await store.say(number % 2 == 0 ? "even word" : "odd word").id)
      }
      let even = stride(from: 1, to: ids.count, by: 2).map { ids[$0] }
      for (query, wanted) in [("word", ids), ("even", even)] {
        for time in [Duration.zero, .seconds(60)] {
          for hitCount in [1, 4, 500] {
            var (found, before, pages) = ([EntryID](), EntryID?.none, 0)
            repeat {
              let page = try await store.search(query, before: before) {
                ($0.hitCount, $0.time) = (hitCount, time)
              }
              #expect(page.hits.count <= hitCount)
              found += page.hits.map(\.entry.id)
              (before, pages) = (page.next, pages + 1)
            } while before != nil && pages < 30
            #expect(found.sorted() == wanted)
          }
        }
      }
    }
  }

  @Test func `What is looked at has bounds, and where it ended is said`() async throws {
    try await withStore { store in
      try await store.commit(.thread(ThreadID("gone"), create: true) { _ in })
      let first = try await store.say("word " + String(repeating: "x ", count: 5_000))
      for _ in 1...30 { try await store.say("word", thread: ThreadID("gone")) }
      let last = try await store.say("word " + String(repeating: "x ", count: 5_000))
      try await store.commit(.thread(ThreadID("gone")) { $0.deletedAt = .then })

      var page = try await store.search("word") { $0.textBytes = 100 }
      #expect(page.hits.map(\.entry.id) == [last.id] && page.next == last.id)
      page = try await store.search("word") { $0.matchCount = 10 }
      #expect(page.hits.map(\.entry.id) == [last.id] && page.next != nil)
      page = try await store.search("word") { $0.time = .zero }
      #expect(page.hits.map(\.entry.id) == [last.id] && page.next != nil)
      page = try await store.search("word")
      #expect(Set(page.hits.map(\.entry.id)) == [last.id, first.id] && page.next == nil)
    }
  }

  @Test(arguments: [0, -1, 101, Int.max, Int.min])
  func `A limit that is out of bounds is refused`(limit: Int) async throws {
    try await withStore { store in
      let error = await #expect(throws: ChatError.self) {
        try await store.search("x", limit: limit)
      }
      #expect(error == .invalid(field: "limit", expected: "a whole number from 1 to 100"))
      await #expect(throws: ChatError.notFound(what: "entry none")) {
        try await store.search("x", before: EntryID("none"))
      }
    }
  }

  @Test func `An unfinished word is looked for among as many as begin like it`() async throws {
    try await withStore { store in
      var last = ""
      for number in 1000..<1150 {
        last = "prefix\(number)"
        try await store.say(last)
      }
      // Up to three characters have an index of their own; of what is longer, the first hundred.
      #expect(try await store.search("pre").next == nil)
      #expect(try await store.found("pre").count == 100)
      #expect(try await store.search("prefix", limit: 100).hits.count == 100)
      #expect(try await store.found("prefix1").count == 100)
      #expect(try await store.found("prefix114").count == 10)
      #expect(try await store.found(last).count == 1)
      #expect(try await store.found("prefixe") == [])
    }
  }
}
