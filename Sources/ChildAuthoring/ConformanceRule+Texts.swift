import ChatChildren
import ChatCore
import ChildProtocol

extension ConformanceRule {
  /// Text that has given programs trouble.
  private static let troublesome = [
    "", " ", "\0", "\u{1B}[31m", "שלום עולם", "e\u{301}", "👩‍👩‍👧‍👦🏳️‍🌈", "\u{10FFFF}",
    "\u{2028}\u{2029}", "\"\\\"", "```\n<script>", "𝟚+𝟚", "٢+٢", "ROLL ² D ６",
  ]

  /// What comes in frames, and how frames come.
  static let texts = [
    ConformanceRule(
      id: "unicode", title: "it bears any text", section: "frames", needs: [.messages]
    ) { trial in
      let rig = try trial.ready()
      for text in troublesome {
        for role in trial.plan.manifest.messages.roles.sorted(by: { $0.rawValue > $1.rawValue }) {
          try trial.say(text, to: rig, as: role, "the message \(JSON.string(text).text)")
        }
      }
    },
    ConformanceRule(
      id: "longest", title: "it answers a message as long as it may be",
      section: "limits-and-strikes", needs: [.messages]
    ) { trial in
      let rig = try trial.ready()
      for part in longParts {
        let text = trial.plan.longestText(of: part)
        try trial.say(text, to: rig, "a message of \(text.utf8.count) bytes")
      }
    },
    ConformanceRule(
      id: "split", title: "it puts frames together that come byte by byte", section: "what-bites",
      needs: [.messages, .pings]
    ) { trial in
      let rig = try trial.connected()
      let (first, frame) = rig.request("initialize", rig.initialParams)
      rig.send([frame], .byteByByte)
      let answer = rig.answer(to: first, within: trial.plan.manifest.readyTimeout)
      try trial.expectReady(answer, rig, "initialize that came byte by byte")
      let text = "grüße 🌍 – 2+2"
      let (id, message) = rig.request("message", rig.message(text, role: trial.plan.role))
      rig.send([message], .byteByByte)
      try trial.answered(id, rig, "a message that came byte by byte")
      let (last, ping) = rig.request("ping", [:])
      rig.send([ping], .byteByByte)
      try trial.expect(
        rig.answer(to: last, within: ConformancePlan.patience) != nil,
        "an answer to a ping that came byte by byte",
        got: rig.absence(within: ConformancePlan.patience))
    },
    ConformanceRule(
      id: "joined", title: "it takes frames apart that come together", section: "what-bites",
      needs: [.messages, .pings]
    ) { trial in
      let rig = try trial.ready()
      let asked = (1...9).map { number in
        number == 9
          ? rig.request("message", rig.message("grüße 🌍", role: trial.plan.role))
          : rig.request("ping", [:])
      }
      rig.send(asked.map(\.1), .joined)
      for (number, (id, _)) in asked.enumerated() {
        let limit = trial.plan.messagePatience
        try trial.expect(
          rig.answer(to: id, within: limit) != nil,
          "an answer to frame \(number + 1) of nine that came in one write",
          got: rig.absence(within: limit))
      }
    },
  ]

  /// What long messages are made of, for `longest`.
  private static let longParts = ["hello, great 2+2 ", "(", "ü", "🎲", "\n"]
}

extension ConformancePlan {
  /// `part` over and over: as long as the manifest lets a message be.
  func longestText(of part: String) -> String {
    // A message has a head of some 300 bytes around its content, which may be escaped there.
    let room = max(1, manifest.messages.maxBytes - 512)
    let written = JSON.string(part).bytes.count - 2
    return String(repeating: part, count: max(1, room / written))
  }
}
