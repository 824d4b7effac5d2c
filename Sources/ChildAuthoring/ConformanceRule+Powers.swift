import ChatChildren
import ChildProtocol

extension ConformanceRule {
  /// What a child said that saves things when it is told to, in `state`.
  private static let memorable = ["hello", "remember that the kettle is blue", "2+2", "roll 2d6"]
  private static let foreignState: JSON = ["of": "another program", "version": 999]
  private static let toolLimit = 5

  /// What not every child does.
  static let powers = [
    ConformanceRule(
      id: "state", title: "it starts with what it saved, and with what it did not write",
      section: "what-you-may-say", needs: [.messages]
    ) { trial in
      let first = try trial.ready(why: "initialize with no state")
      for text in memorable { try trial.say(text, to: first) }
      trial.shutDown(first)
      if let saved = first.savedState { try trial.begin(with: saved, "the state that it saved") }
      try trial.begin(with: foreignState, "a state that it did not write")
    },
    ConformanceRule(
      id: "tools", title: "its tools are declared as in MCP", section: "what-chatd-says",
      needs: [.tools]
    ) { trial in
      guard let tools = trial.plan.tools?.array else {
        throw Failed(expected: "an array as \"tools\"", got: trial.plan.tools?.text ?? "nothing")
      }
      var names: Set<String> = []
      for tool in tools {
        let name = tool["name"]?.string ?? ""
        try trial.expect(!name.isEmpty, "a tool with a \"name\"", got: tool.text)
        try trial.expect(
          names.insert(name).inserted, "each tool under a name of its own", got: "two \"\(name)\"")
        try trial.expect(
          tool["description"]?.string?.isEmpty == false,
          "the tool \(name) with a \"description\"", got: tool.text)
        let schema = tool["inputSchema"]
        try trial.expect(
          schema?["type"] == "object", "\"inputSchema\" of \(name) with \"type\":\"object\"",
          got: schema?.text ?? "none")
        for (key, isRight) in [
          ("properties", schema?["properties"].map { $0.members != nil }),
          ("required", schema?["required"]?.array.map { $0.allSatisfy { $0.string != nil } }),
        ] where schema?[key] != nil {
          try trial.expect(
            isRight == true, "\"\(key)\" of \(name)'s inputSchema as JSON Schema has it",
            got: schema?[key]?.text ?? "")
        }
      }
    },
    ConformanceRule(
      id: "tool-calls", title: "it answers calls of tools that are wrong",
      section: "what-chatd-says", needs: [.tools, .pings]
    ) { trial in
      let rig = try trial.ready()
      let unknown = try trial.call("no-such-tool", rig)
      try trial.expect(
        unknown.failure != nil || unknown.result?["isError"] == true,
        "an error, or \"isError\":true, in answer to a call of an unknown tool",
        got: unknown.words)
      // One that needs no arguments would do what it is for.
      let demanding = (trial.plan.tools?.array ?? []).filter { tool in
        tool["inputSchema"]?["required"]?.array?.isEmpty == false
      }
      for tool in demanding.prefix(toolLimit) {
        let name = tool["name"]?.string ?? ""
        let answer = try trial.call(name, rig)
        guard let result = answer.result else { continue }
        let isContent = result["content"]?.array?.allSatisfy { $0["type"]?.string != nil }
        try trial.expect(
          isContent == true, "{\"content\":[{\"type\":…}]} or an error in answer to \(name)",
          got: answer.words)
      }
      try trial.ping(rig, after: "wrong calls of tools")
    },
  ]

  /// What can show in every try: these are judged by all of them, and last.
  static let judgedByAll = [
    ConformanceRule(
      id: "answer", title: "its answers to messages are what they may be",
      section: "what-chatd-says", needs: [.messages], breaches: [.reply]
    ) { trial in
      let rig = try trial.ready()
      for text in memorable + ["what do you remember?"] {
        let answer = try trial.say(text, to: rig)
        if let failure = answer?.failure, failure.code != RPCFailure.methodNotFound {
          throw Failed(
            expected: "an object, null or error -32601 in answer to a message",
            got: "error \(failure)")
        }
      }
      trial.shutDown(rig)
      let breach = trial.breach(of: [.reply])
      try trial.expect(
        breach == nil, "{\"text\", \"html\"?, \"data\"?}, null, {} or {\"decline\":true}",
        got: breach?.0.text ?? "")
    },
    ConformanceRule(
      id: "frames", title: "its frames are JSON-RPC 2.0 of at most 1 MiB", section: "frames",
      breaches: [.frame]
    ) { trial in
      let rig = try trial.ready()
      for text in ["hello", "🎲 ü", trial.plan.longestText(of: "ü")] {
        _ = rig.ask("message", rig.message(text, role: trial.plan.role), within: .seconds(2))
      }
      _ = rig.ask("weather/forecast", [:], within: .seconds(1))
      trial.shutDown(rig)
      let breach = trial.breach(of: [.frame])
      try trial.expect(
        breach == nil, "frames of 1 byte to 1 MiB with a JSON-RPC 2.0 message each",
        got: breach?.0.text ?? "")
    },
    ConformanceRule(
      id: "unasked", title: "it says nothing that it was not asked", section: "limits-and-strikes",
      breaches: [.unasked, .answeredTwice]
    ) { trial in
      let rig = try trial.ready()
      _ = rig.ask("message", rig.message("hello", role: trial.plan.role), within: .seconds(2))
      _ = rig.ask("ping", [:], within: .seconds(1))
      trial.shutDown(rig)
      let breach = trial.breach(of: [.unasked, .answeredTwice])
      try trial.expect(
        breach == nil, "one answer to each request, and methods that chatd knows",
        got: breach?.0.text ?? "")
    },
    ConformanceRule(
      id: "stdout", title: "it prints no frames on standard output",
      section: "starting-ending-restarting"
    ) { trial in
      let rig = try trial.ready()
      _ = rig.ask("message", rig.message("hello", role: trial.plan.role), within: .seconds(2))
      trial.shutDown(rig)
    },
  ]
}

extension ConformanceTrial {
  /// Starts the child with a state, and has it answer.
  fileprivate func begin(with state: JSON, _ what: String) throws {
    let rig = try ready(why: "initialize with \(what)") {
      $0.state = state
      $0.generation = 2
    }
    try say("hello", to: rig, "a message, started with \(what)")
    shutDown(rig)
  }

  /// Calls a tool with no arguments.
  fileprivate func call(_ tool: String, _ rig: Rig) throws -> Rig.Answer {
    let limit = ConformancePlan.patience
    let params: JSON = ["name": .string(tool), "arguments": [:]]
    guard let answer = rig.ask("tools/call", params, within: limit) else {
      throw ConformanceRule.Failed(
        expected: "an answer to a call of \(tool) without arguments",
        got: rig.absence(within: limit))
    }
    return answer
  }
}
