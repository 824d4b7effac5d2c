import TestSupport
import Testing

@testable import ChatCore

/// Every request to a child has exactly one outcome: every order of everything that can happen to
/// three children.
@Suite struct RollupCollectorModelTests {
  private enum Step: Hashable {
    case outcome(ChildID, ChildResponse.Status)
    case close
  }

  private static let children = ["a", "b", "c"].map { ChildID($0) }

  /// What the contract says becomes of these steps.
  private struct Expectation {
    var outcomes: [ChildID: (status: ChildResponse.Status, late: Bool)] = [:]
    var isClosed = false

    mutating func effect(of step: Step) -> String {
      switch step {
      case .close:
        for child in RollupCollectorModelTests.children where outcomes[child] == nil {
          outcomes[child] = (.timedOut, false)
        }
        isClosed = true
        return "closed"
      case .outcome(let child, let status):
        guard let earlier = outcomes[child] else {
          outcomes[child] = (status, false)
          return "counts"
        }
        guard earlier.status == .timedOut, status != .timedOut else { return "ignored" }
        outcomes[child] = (status, true)
        return isClosed ? "late" : "counts"
      }
    }
  }

  /// What the collector does otherwise than the contract says.
  private func fault(in steps: [Step], awaited: Set<ChildID>) -> String? {
    var collector = RollupCollector(asked: Set(Self.children), awaited: awaited)
    var expected = Expectation()
    var completions = 0
    for step in steps {
      let wanted = expected.effect(of: step)
      var effect = "closed"
      switch step {
      case .close:
        let closed = collector.close { .silent($0) }
        if closed.map(\.child) != Self.children { return "\(steps): closed as \(closed)" }
      case .outcome(let child, let status):
        let response = ChildResponse(child: child, messageID: EntryID("x"), status: status)
        switch collector.record(response) {
        case .ignored: effect = "ignored"
        case .late(let late): effect = late.late ? "late" : "late, but not marked"
        case .completed:
          completions += 1
          effect = "counts"
        case .recorded: effect = "counts"
        }
      }
      let answered = Set(expected.outcomes.keys)
      guard effect == wanted,
        collector.isComplete == (expected.isClosed || awaited.isSubset(of: answered)),
        collector.pending == Self.children.filter({ !answered.contains($0) }),
        collector.responses.map(\.child) == answered.sorted(),
        collector.responses.allSatisfy({ response in
          expected.outcomes[response.child].map { $0 == (response.status, response.late) } == true
        })
      else { return "\(steps), awaited \(awaited): \(effect), \(collector)" }
    }
    return completions > 1 ? "\(steps): completed \(completions) times" : nil
  }

  @Test func `Every request to a child has exactly one outcome`() {
    // Each child is silent or answers, and may answer after its silence or twice; the rollup is
    // closed at any point.
    let scripts: [[ChildResponse.Status]] = [
      [.replied], [.timedOut, .replied], [.crashed, .replied], [],
    ]
    var count = 0
    var faults: [String] = []
    for first in scripts.indices {
      for second in first..<scripts.count {
        for third in second..<scripts.count {
          let lists = zip(Self.children, [first, second, third]).map { child, index in
            scripts[index].map { Step.outcome(child, $0) }
          }
          for steps in Self.interleavings(of: lists + [[.close]]) {
            count += 1
            for awaited in [Set(Self.children), [Self.children[1]], []] {
              if let fault = fault(in: steps, awaited: awaited) { faults.append(fault) }
            }
          }
        }
      }
    }
    #expect(faults == [])
    #expect(count > 1000)
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `So it is in any order that chance makes`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let steps = (0..<Int.random(in: 0...10, using: &generator)).map { _ -> Step in
        guard Int.random(in: 0..<6, using: &generator) > 0 else { return .close }
        return .outcome(
          Self.children.randomElement(using: &generator) ?? Self.children[0],
          ChildResponse.Status.allCases.randomElement(using: &generator) ?? .replied)
      }
      let awaited = Set(Self.children.filter { _ in Bool.random(using: &generator) })
      #expect(fault(in: steps, awaited: awaited) == nil)
    }
  }

  /// Every way in which these lists can be shuffled together without changing the order within one.
  private static func interleavings(of lists: [[Step]]) -> [[Step]] {
    let lists = lists.filter { !$0.isEmpty }
    guard !lists.isEmpty else { return [[]] }
    return lists.indices.flatMap { index in
      var rest = lists
      let step = rest[index].removeFirst()
      return interleavings(of: rest).map { [step] + $0 }
    }
  }
}
