import ChatCore
import NIOCore

/// Manifests that change while chatd runs.
extension Supervisor {
  /// Reads the manifests again: new children appear (and start where they are wanted), changed ones
  /// are stopped gently and started with what is new, removed ones are stopped. One that became
  /// wrong is shown, and the child goes on as it was.
  package func reload() async {
    let found = ManifestLoader(folders: configuration.folders).load()
    let names = Set(found.map(\.id))
    for id in Set(children.keys).union(invalid.keys).subtracting(names) {
      invalid[id] = nil
      if let child = children[id] { await retire(child) }
    }
    for item in found {
      switch (children[item.id], item.manifest) {
      case (let child?, .failure(let complaints)):
        child.problem = complaints.description
        publish([child.status])
      case (let child?, .success(let manifest)):
        child.problem = nil
        if manifest != child.manifest { await replace(child, with: item) }
      case (nil, _):
        invalid[item.id] = nil
        take(item, record: ChildRecord())
        if let child = children[item.id], child.isWanted { child.handle(.start) }
      }
    }
    publish(statuses())
  }

  private func replace(_ child: Child, with found: ManifestLoader.Found) async {
    let (isWanted, wasUp) = (child.isWanted, child.lifecycle.phase != .down)
    await retire(child)
    take(
      found,
      record: ChildRecord(
        wanted: isWanted, generation: child.generation, state: child.savedState))
    if wasUp && isWanted { children[found.id]?.handle(.start) }
  }

  /// Stops a child and forgets it once nothing of it is left.
  private func retire(_ child: Child) async {
    let waiter = CommandWaiter(.down(generation: child.generation))
    child.handle(.stop)
    waiter.look(at: child)
    if !waiter.isSettled { child.waiters.append(waiter) }
    do { try await waiter.wait(isolation: self) } catch { return }
    children[child.id] = nil
  }
}
