import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// Manifests that change while children run.
@Suite(.timeLimit(.minutes(2))) struct ReloadTests {
  private func change(_ child: String, in nursery: Nursery, _ edit: (String) -> String) throws {
    let file = nursery.home.appendingPathComponent("\(child)/manifest.toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(edit(text).utf8).write(to: file, options: .atomic)
  }

  @Test func `a changed manifest is seen by itself, and its child alone starts anew`()
    async throws
  {
    try await Nursery.with(["echo", "slow"]) { nursery in
      let echo = await nursery.ready("echo")
      let slow = await nursery.ready("slow")
      try change("slow", in: nursery) { $0.replacing(/version = .*/, with: #"version = "9""#) }
      let again = await nursery.ready("slow", past: slow.generation)
      #expect(again.version == "9")
      #expect(again.lastExit?.cause == .operator)
      #expect(again.lastExit?.reason == "its manifest has changed")
      #expect(await nursery.supervisor.statuses().first { $0.id.text == "echo" }?.pid == echo.pid)
    }
  }

  @Test func `a manifest that became wrong is shown, and the child goes on as it was`()
    async throws
  {
    try await Nursery.with(["echo"]) { nursery in
      let echo = await nursery.ready("echo")
      try change("echo", in: nursery) { "versoin = 1\n" + $0 }
      await nursery.supervisor.reload()
      let shown = await nursery.events.status(of: "echo") { $0.problem != nil }
      #expect(shown.problem?.contains("echo/manifest.toml:1: versoin: unknown key") == true)
      #expect(shown.pid == echo.pid && shown.state == .ready)
      try change("echo", in: nursery) { $0.replacing("versoin = 1\n", with: "") }
      await nursery.supervisor.reload()
      let now = await nursery.supervisor.statuses().first
      #expect(now?.problem == nil && now?.pid == echo.pid)
    }
  }

  @Test func `where the new manifest does not become ready the one before comes back`()
    async throws
  {
    try await Nursery.with(["echo"]) { nursery in
      let first = await nursery.ready("echo")
      try change("echo", in: nursery) { text in
        text.replacing(/command = .*/, with: #"command = ["sh", "-c", "echo no >&2; exit 3"]"#)
      }
      await nursery.supervisor.reload()
      let third = await nursery.ready("echo", past: first.generation)
      #expect(third.generation == first.generation + 2)
      #expect(third.lastExit?.code == 3)
      #expect(third.problem?.contains("did not become ready (it exited with code 3") == true)
      #expect(await nursery.ask("hello")?.first?.text == "echo: hello")
      // The same manifest is not tried again until it changes.
      await nursery.supervisor.reload()
      #expect(await nursery.supervisor.statuses().first?.pid == third.pid)
      try change("echo", in: nursery) { text in
        text.replacing(/command = .*/, with: #"command = ["python3", "-B", "main.py"]"#) + "\n"
      }
      await nursery.supervisor.reload()
      #expect(await nursery.supervisor.statuses().first?.problem == nil)
    }
  }

  @Test func `children appear and go with their folders, and generations go on`() async throws {
    try await Nursery.with(["echo"]) { nursery in
      let first = await nursery.ready("echo")
      let folder = nursery.home.appendingPathComponent("echo")
      let aside = nursery.folder.url.appendingPathComponent("aside")
      try FileManager.default.moveItem(at: folder, to: aside)
      await nursery.supervisor.reload()
      _ = await nursery.events.first {
        if case .childrenRemoved([ChildID("echo")]) = $0 { true } else { false }
      }
      #expect(await nursery.supervisor.statuses().isEmpty)
      #expect(!isAlive(try #require(first.pid)))
      try FileManager.default.moveItem(at: aside, to: folder)
      await nursery.supervisor.reload()
      let second = await nursery.ready("echo", past: first.generation)
      #expect(second.generation == 2)
    }
  }

  @Test func `a stopped child stays stopped over a change of its manifest`() async throws {
    try await Nursery.with(["echo"]) { nursery in
      _ = await nursery.ready("echo")
      _ = try await nursery.supervisor.perform(.stop, on: ChildID("echo"))
      try change("echo", in: nursery) { $0.replacing(/version = .*/, with: #"version = "9""#) }
      await nursery.supervisor.reload()
      let status = await nursery.supervisor.statuses().first
      #expect(status?.version == "9" && status?.state == .stopped)
      #expect(try await nursery.supervisor.perform(.start, on: ChildID("echo")).state == .ready)
    }
  }
}
