import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

extension ConformanceRule {
  /// What has to come in time.
  static let timings = [
    ConformanceRule(
      id: "ping", title: "it answers a ping, under load too", section: "limits-and-strikes",
      needs: [.pings]
    ) { trial in
      let rig = try trial.ready()
      try trial.ping(rig, after: "initialize")
      let load = (1...5).map { number in
        rig.request("message", rig.message("\(number)+\(number)", role: trial.plan.role))
      }
      let (id, ping) = rig.request("ping", [:])
      rig.send(load.map(\.1) + [ping])
      rig.awaitAnswers(to: load.map(\.0), eachWithin: trial.plan.messagePatience)
      let limit = ConformancePlan.patience
      let answer = rig.answer(to: id, within: limit)
      try trial.expect(
        answer?.result != nil, "an answer to a ping behind five messages",
        got: answer?.words ?? rig.absence(within: limit))
    },
    ConformanceRule(
      id: "deadline", title: "it answers a message within its timeout_ms",
      section: "limits-and-strikes", needs: [.messages]
    ) { trial in
      let rig = try trial.ready()
      let timeout = trial.plan.manifest.messages.timeout
      for text in ["hello", trial.plan.longestText(of: "hello, great 2+2 ")] {
        // The machine may have been busy, once.
        for attempt in 1...2 {
          let (id, frame) = rig.request("message", rig.message(text, role: trial.plan.role))
          rig.send([frame])
          _ = rig.answer(to: id, within: trial.plan.messagePatience)
          // Where nothing comes at all, other rules say so.
          guard let silence = rig.board.look({ $0.asked[id]?.longestSilence }) else { break }
          if silence <= timeout { break }
          try trial.expect(
            attempt == 1,
            "an answer to a message of \(text.utf8.count) bytes, or a partial, within "
              + timeout.words, got: "one after \(silence.words)")
        }
      }
    },
  ]

  /// How a session ends.
  static let endings = [
    ConformanceRule(
      id: "shutdown", title: "it answers shutdown, then exits with 0",
      section: "starting-ending-restarting"
    ) { trial in
      let rig = try trial.ready()
      let limit = trial.plan.exitLimit
      try trial.expect(
        rig.ask("shutdown", trial.plan.shutdownParams, within: limit) != nil,
        "an answer to shutdown", got: rig.absence(within: limit))
      rig.disconnect()
      try trial.expectExit(rig, "after shutdown")
    },
    ConformanceRule(
      id: "end-of-stream", title: "it exits when chatd closes the connection",
      section: "starting-ending-restarting"
    ) { trial in
      let rig = try trial.ready()
      _ = rig.ask("message", rig.message("hello", role: trial.plan.role), within: .seconds(1))
      rig.disconnect()
      try trial.expectExit(rig, "when chatd has closed the connection")
      let busy = try trial.ready()
      let frames = (1...5).map { _ in
        busy.request("message", busy.message("2+2", role: trial.plan.role)).1
      }
      busy.send(frames, .joined)
      busy.disconnect()
      let limit = trial.plan.exitLimit
      try trial.expect(
        busy.exit(within: limit) != nil,
        "an exit within \(limit.words) when chatd closes while messages wait",
        got: "it still runs")
    },
    ConformanceRule(
      id: "half-close", title: "it exits when chatd closes its half of the stream",
      section: "what-bites"
    ) { trial in
      let rig = try trial.ready()
      rig.closeWriting()
      try trial.expectExit(rig, "when chatd has closed its half of the stream")
    },
    ConformanceRule(
      id: "processes", title: "it leaves no process behind", section: "starting-ending-restarting"
    ) { trial in
      let rig = try trial.ready { $0.isHeld = true }
      _ = rig.ask("message", rig.message("hello", role: trial.plan.role), within: .seconds(1))
      _ = rig.ask("shutdown", trial.plan.shutdownParams, within: trial.plan.exitLimit)
      rig.disconnect()
      let hasEnded = rig.board.wait(within: trial.plan.exitLimit) { contents in
        contents.transcript.entries.contains { $0.text.hasPrefix(Rig.heldLine) } ? true : nil
      }
      guard hasEnded != nil, let leader = rig.pid else {
        throw Skipped(reason: "it did not end")
      }
      let left = ProcessTree.left(below: leader, within: .milliseconds(500))
      try trial.expect(
        left.isEmpty, "nothing that it had started to be left",
        got: left.map { "process \($0.pid) (\($0.name))" }.joined(separator: ", "))
    },
  ]
}

extension ConformanceTrial {
  /// The child has to exit with 0, soon.
  fileprivate func expectExit(_ rig: Rig, _ when: String) throws {
    let expected = "an exit with code 0 within \(plan.exitLimit.words) \(when)"
    guard let (end, _) = rig.exit(within: plan.exitLimit) else {
      throw ConformanceRule.Failed(expected: expected, got: "it still runs")
    }
    try expect(end == .exited(0), expected, got: "it \(end.words)")
  }
}
