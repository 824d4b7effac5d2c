import ChatCore
import NIOCore
import NIOPosix

/// Manifests that change while chatd runs.
extension Supervisor {
  /// How often the folders are looked at. Looking, instead of being told by the kernel, holds on
  /// every file system and through every editor's way of saving, and costs a `stat` a child.
  static let lookInterval = Duration.seconds(2)

  /// Reads the manifests again: new children appear (and start where they are wanted), changed ones
  /// are stopped gently and started with what is new, removed ones are stopped and forgotten. One
  /// that became wrong is shown, and the child goes on as it was. Returns before all that is done.
  package func reload() async {
    reloadCount += 1
    let loader = ManifestLoader(folders: configuration.folders)
    while !isShuttingDown {
      let mine = reloadCount
      let all = await loader.load()
      // Where another one was begun meanwhile, what was read may be out of date.
      if mine == reloadCount { return apply(all) }
    }
  }

  /// Reloads whenever the folders have changed, until the task is cancelled.
  func watchFolders() async {
    let loader = ManifestLoader(folders: configuration.folders)
    var seen = await Self.onThread { loader.fingerprint() }
    while !Task.isCancelled {
      do { try await Task.sleep(for: Self.lookInterval) } catch { return }
      guard let now = await Self.onThread({ loader.fingerprint() }), now != seen else { continue }
      seen = now
      await reload()
    }
  }

  /// What `body` returns, run where it may block; nil when chatd is at its end.
  private nonisolated static func onThread<T: Sendable>(
    _ body: @escaping @Sendable () -> T
  ) async -> T? {
    do { return try await NIOThreadPool.singleton.runIfActive(body) } catch { return nil }
  }

  private func apply(_ all: [ManifestLoader.Found]) {
    let names = Set(all.map(\.id))
    for id in Set(children.keys).union(invalid.keys).subtracting(names) { remove(id) }
    for found in all {
      switch (children[found.id], found.manifest) {
      case (let child?, .failure(let complaints)):
        guard child.problem != complaints.description else { continue }
        report("\(complaints)")
        child.problem = complaints.description
        publish([child.status])
      case (let child?, .success(let manifest)): adopt(manifest, by: child)
      case (nil, _): appear(found)
      }
    }
  }

  private func adopt(_ manifest: Manifest, by child: Child) {
    if child.isRemoved {
      child.isRemoved = false
      child.say("its folder is back")
    }
    if manifest == child.lifecycle.latest {
      if child.problem != nil {
        (child.problem, child.rejected) = (nil, nil)
        publish([child.status])
      }
    } else if manifest != child.rejected {
      child.handle(.adopt(manifest))
    }
    // Where no person has said anything, `autostart` may have changed.
    if child.isWanted, child.lifecycle.phase == .down, child.deathCertificate == nil {
      child.handle(.start)
    }
  }

  private func appear(_ found: ManifestLoader.Found) {
    invalid[found.id] = nil
    take(found)
    guard let child = children[found.id] else { return publish(statuses()) }
    publish([child.status])
    if child.isWanted { child.handle(.start) }
  }

  private func remove(_ id: ChildID) {
    if invalid.removeValue(forKey: id) != nil { publishRemoved(id) }
    guard let child = children[id], !child.isRemoved else { return }
    child.isRemoved = true
    child.say("its folder is gone")
    child.handle(.stop)
    forgetIfGone(id)
  }

  /// Forgets a child whose folder is gone, once nothing of it is left.
  func forgetIfGone(_ id: ChildID) {
    guard let child = children[id], child.isRemoved, child.lifecycle.phase == .down else { return }
    children[id] = nil
    forgotten[id] = child.record
    publishRemoved(id)
  }
}
