import ChatCore
import Testing

@testable import ChatChildren

/// Manifests that change while a child lives.
@Suite struct ChildLifecycleAdoptionTests {
  private let second = Life.manifest { $0.version = "2" }
  private let third = Life.manifest { $0.version = "3" }

  /// A child that is up, or what else a script makes of it.
  private func life(_ script: ChildLifecycle.Event...) -> Life {
    var life = Life { $0.version = "1" }
    for event in script { _ = life.handle(event) }
    return life
  }

  private func up() -> Life { life(.start, .spawned(pid: 7), .ready) }

  /// The process ends and all of it is gone.
  private func end(_ life: inout Life, _ code: Int32 = 1) -> [ChildLifecycle.Action] {
    _ = life.handle(.exited(.exited(code)))
    return life.handle(.gone)
  }

  @Test func `what runs goes on with the old one until it is gone`() {
    var life = up()
    _ = life.handle(.adopt(second))
    #expect(life.lifecycle.manifest.version == "1" && life.lifecycle.latest.version == "2")
    let actions = end(&life, 0)
    #expect(actions.contains(.adopted) && actions.contains(.launch))
    #expect(life.lifecycle.manifest.version == "2")
    #expect(life.lifecycle.lastExit?.cause == .operator)
  }

  @Test func `a new one that is not ready once gives way to the one before`() throws {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = end(&life, 0)
    _ = life.handle(.spawned(pid: 8))
    let actions = end(&life, 3)
    let exit = try #require(life.lifecycle.lastExit)
    #expect(exit.code == 3)
    #expect(actions.contains(.rolledBack(exit, rejected: second)))
    #expect(actions.contains(.launch))
    #expect(life.lifecycle.manifest.version == "1")
  }

  @Test func `a new one that could not even be started gives way, too`() {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = end(&life, 0)
    let actions = life.handle(.spawnFailed(reason: "no such program"))
    #expect(actions.contains { if case .rolledBack = $0 { true } else { false } })
    #expect(life.lifecycle.manifest.version == "1")
  }

  @Test func `once it has been ready its failures are the policy's`() {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = end(&life, 0)
    for event in [.spawned(pid: 8), .ready] as [ChildLifecycle.Event] { _ = life.handle(event) }
    _ = end(&life)
    #expect(life.phase == "launching")
    _ = end(&life)
    #expect(life.phase == "backing off" && life.lifecycle.manifest.version == "2")
  }

  @Test func `a third that comes while the second is tried falls back to the first`() {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = end(&life, 0)
    _ = life.handle(.spawned(pid: 8))
    _ = life.handle(.adopt(third))
    _ = end(&life)
    #expect(life.lifecycle.manifest.version == "3")
    _ = life.handle(.spawned(pid: 9))
    _ = end(&life)
    #expect(life.lifecycle.manifest.version == "1" && life.phase == "launching")
  }

  @Test func `of several only the last counts`() {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = life.handle(.adopt(third))
    _ = end(&life, 0)
    #expect(life.lifecycle.manifest.version == "3")
  }

  @Test func `a person's stop outranks it, and the new one is there for the next start`() {
    var life = up()
    _ = life.handle(.adopt(second))
    _ = life.handle(.stop)
    let actions = end(&life, 0)
    #expect(life.phase == "down" && !actions.contains(.launch))
    #expect(life.lifecycle.manifest.version == "2")
    // Its failure is then its own: nobody has asked for the old one.
    for event in [.start, .spawned(pid: 8)] as [ChildLifecycle.Event] { _ = life.handle(event) }
    _ = end(&life)
    #expect(life.lifecycle.manifest.version == "2")
  }

  @Test func `a death that comes while it waits is no reason to wait`() {
    var life = up()
    _ = life.handle(.exited(.signalled("SIGSEGV")))
    #expect(life.handle(.adopt(second)) == [])
    let actions = life.handle(.gone)
    #expect(actions.contains(.adopted) && actions.contains(.launch))
    _ = life.handle(.spawned(pid: 8))
    _ = end(&life)
    #expect(life.lifecycle.manifest.version == "1", "the first had been ready")
  }

  @Test func `the death of the warden takes nothing from it`() {
    var life = up()
    _ = life.handle(.adopt(second))
    let actions = life.handle(.wardenLost)
    #expect(actions.contains(.adopted) && actions.contains(.launch))
    _ = life.handle(.wardenLost)
    #expect(life.lifecycle.manifest.version == "2" && life.phase == "launching")
    _ = life.handle(.spawned(pid: 9))
    _ = end(&life)
    #expect(life.lifecycle.manifest.version == "1")
  }
}
