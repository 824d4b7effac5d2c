import ChatChildren
import ChatCore
import ChildProtocol

extension ConformanceRule {
  /// What is kept as soon as there is a run.
  static let manifest = ConformanceRule(
    id: "manifest", title: "its manifest is right", section: "the-manifest"
  ) { _ in }

  /// Before anything is asked.
  static let beginnings = [
    manifest,
    ConformanceRule(
      id: "start", title: "it connects in time and answers initialize",
      section: "starting-ending-restarting"
    ) { trial in
      trial.shutDown(try trial.ready())
    },
    ConformanceRule(
      id: "connection", title: "it connects once", section: "starting-ending-restarting"
    ) { trial in
      let rig = try trial.ready { $0.keepsDoor = true }
      _ = rig.ask("ping", [:], within: ConformancePlan.patience)
      _ = rig.ask("message", rig.message("hello"), within: trial.plan.messagePatience)
      trial.shutDown(rig)
      let count = rig.board.look(\.connectionCount)
      try trial.expect(count == 1, "one connection", got: "\(count) of them")
    },
  ]

  /// What every request has in common.
  static let requests = [
    ConformanceRule(
      id: "unknown-method", title: "it answers requests that it does not know",
      section: "what-chatd-says", needs: [.pings]
    ) { trial in
      let rig = try trial.ready()
      let answer = rig.ask("weather/forecast", ["days": 3], within: ConformancePlan.patience)
      try trial.expect(
        answer?.result == [:] || answer?.failure?.code == RPCFailure.methodNotFound,
        "{} or error -32601 in answer to the unknown method weather/forecast",
        got: answer?.words ?? rig.absence(within: ConformancePlan.patience))
      try trial.ping(rig, after: "an unknown method")
    },
    ConformanceRule(
      id: "unknown-fields", title: "it ignores fields that it does not know", section: "frames",
      needs: [.messages]
    ) { trial in
      let later = JSON.Member("later", ["version": [2], "name": nil])
      let rig = try trial.connected()
      let initial = JSON.object((rig.initialParams.members ?? []) + [later])
      let answer = rig.ask("initialize", initial, within: trial.plan.manifest.readyTimeout)
      try trial.expectReady(answer, rig, "initialize with an unknown field")
      let params = rig.message("hello", role: trial.plan.role)
      let message = JSON.object((params["message"]?.members ?? []) + [later])
      let members = (params.members ?? []).map {
        $0.key == "message" ? .init("message", message) : $0
      }
      let (id, frame) = rig.request("message", .object(members + [later]))
      rig.send([frame])
      try trial.answered(id, rig, "a message with unknown fields")
    },
    ConformanceRule(
      id: "notifications", title: "it never answers a notification", section: "frames",
      needs: [.pings], breaches: [.answeredNotification]
    ) { trial in
      let rig = try trial.ready()
      rig.send([rig.notification("weather/changed", ["wind": "north"])])
      rig.send([rig.notification("message", rig.message("roll 2d6, 2+2", role: trial.plan.role))])
      try trial.ping(rig, after: "notifications")
      // Whether it survives this one is for the rule `cancel`.
      rig.send([rig.notification("cancel", ["id": 1])])
      trial.shutDown(rig)
      let breach = trial.breach(of: [.answeredNotification, .unasked])
      try trial.expect(breach == nil, "no answer to a notification", got: breach?.0.text ?? "")
    },
    ConformanceRule(
      id: "ids", title: "it repeats ids exactly", section: "what-bites", needs: [.pings],
      breaches: [.identifier]
    ) { trial in
      let rig = try trial.ready()
      for id in [7, 1 << 31, (1 << 32) + 7, (1 << 53) - 1] as [Int64] {
        let (_, frame) = rig.request("ping", [:], id: id)
        rig.send([frame])
        let answer = rig.answer(to: id, within: ConformancePlan.patience)
        let breach = trial.breach(of: [.identifier, .unasked])
        try trial.expect(
          answer != nil && breach == nil, "an answer with id \(id)",
          got: breach?.0.text ?? rig.absence(within: ConformancePlan.patience))
      }
    },
    ConformanceRule(
      id: "twenty", title: "it answers twenty requests at once, each of them once",
      section: "frames", needs: [.messages]
    ) { trial in
      let rig = try trial.ready()
      let asked = (1...20).map { number in
        rig.request("message", rig.message("\(number)+\(number)", role: trial.plan.role))
      }
      rig.send(asked.map(\.1), .frameByFrame)
      rig.awaitAnswers(to: asked.map(\.0), eachWithin: trial.plan.messagePatience)
      for (number, (id, _)) in asked.enumerated() {
        try trial.answered(id, rig, "message \(number + 1) of twenty at once", within: .zero)
      }
      trial.shutDown(rig)
      let breach = trial.breach(of: [.answeredTwice])
      try trial.expect(breach == nil, "one answer to each", got: breach?.0.text ?? "")
    },
    ConformanceRule(
      id: "cancel", title: "it survives cancel and answers what comes after",
      section: "what-chatd-says", needs: [.messages, .pings]
    ) { trial in
      let rig = try trial.ready()
      let (id, frame) = rig.request("message", rig.message("hello", role: trial.plan.role))
      let cancels = [id, 1, 4711].map { id in
        rig.notification("cancel", ["id": .number(String(id))])
      }
      rig.send([frame] + cancels)
      try trial.say("2+2", to: rig, "a message after a cancel")
      rig.send(cancels)
      try trial.ping(rig, after: "a cancel of what was answered")
    },
  ]
}

extension Rig.Answer {
  /// The result, or the error, for people.
  var words: String {
    switch outcome {
    case .success(let result): String(result.text.prefix(200))
    case .failure(let failure): "error \(failure)"
    }
  }
}
