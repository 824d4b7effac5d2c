import CWarden
import ChatCore
import Foundation
import NIOCore

/// What the child is held to, and what of that this machine can't do.
extension Child {
  /// How often the memory of a child that has a limit is looked at. RLIMIT_DATA stops one process
  /// at once; this is for what it and its own children hold together.
  private static let memoryInterval = Duration.milliseconds(500)

  /// Says which limits do not hold.
  func tell(_ unapplied: Unapplied) {
    let limits = manifest.limits
    if unapplied.contains(.memory), limits.memoryMB != nil {
      say("limits.memory_mb: no cgroup with a memory controller; held by RLIMIT_DATA and a look")
    }
    if unapplied.contains(.processes), limits.processes != nil {
      let isRoot = geteuid() == 0 && limits.user == nil
      say(
        "limits.processes: no cgroup with a pids controller; "
          + (isRoot
            ? "not applied, for root is bound by nothing else"
            : "held by RLIMIT_NPROC, which counts all processes of the user"))
    }
    if unapplied.contains(.oom) {
      say("its oom_score_adj could not be set: the kernel may take chatd before it")
    }
  }

  /// Looks at its memory until it ends.
  func watchMemory(of pid: Int32) {
    guard manifest.limits.memoryMB != nil else { return }
    let (id, generation, place) = (id, generation, place)
    place.pipeLoop.scheduleTask(in: TimeAmount(Self.memoryInterval)) {
      var bytes: UInt64 = 0
      let isThere = warden_tree_rss(pid, &bytes) == 0
      let found = isThere ? bytes : nil
      place.loop.execute { place.deliver(id, generation, .resident(bytes: found)) }
    }
  }

  func heldInMemory(_ bytes: UInt64?) {
    guard let bytes, let pid = lifecycle.pid, let limit = manifest.limits.memoryMB else { return }
    guard bytes > UInt64(limit) << 20 else { return watchMemory(of: pid) }
    let reason = "it and what it started hold \(bytes >> 20) MiB; its limit is \(limit) MiB"
    handle(.condemned(.memory, reason: reason))
  }
}

extension ChildExit {
  /// Takes over what the process used. One that failed with most of its memory in use, or that the
  /// kernel ended for it, failed for want of memory, whatever it made of that itself.
  mutating func take(_ usage: ProcessUsage, limits: Manifest.Limits) {
    cpu = usage.cpu
    peakMemoryBytes = usage.peakMemoryBytes
    // The kernel counts by its own ticks, which are coarser than what it says was used.
    if let seconds = limits.cpuSeconds, cause == .signal, usage.cpu >= .seconds(seconds) * 0.8 {
      reason = "it used up its \(seconds) s of processor time"
      return
    }
    guard let limit = limits.memoryMB.map({ Int64($0) << 20 }), cause == .exit || cause == .signal,
      code != 0
    else { return }
    guard usage.wasTakenByKernel || usage.peakMemoryBytes > limit / 5 * 4 else { return }
    if cause == .exit { reason = "it exited with code \(code ?? 0)" }
    if cause == .signal { reason = "it was ended by \(signal ?? "a signal")" }
    reason? += ", \(usage.peakMemoryBytes >> 20) of \(limit >> 20) MiB in use"
    cause = .memory
  }
}
