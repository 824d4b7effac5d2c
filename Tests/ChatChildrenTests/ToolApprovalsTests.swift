import ChatCore
import ChildProtocol
import Testing

@testable import ChatChildren

/// What a person wants to be remembered of a child's tools.
@Suite struct ToolApprovalsTests {
  private func tool(
    _ name: String = "act", _ approval: Tool.Approval = .ask, description: String = "Acts",
    schema: JSON = ["type": "object"], annotations: JSON? = nil
  ) -> Tool {
    Tool(
      child: ChildID("relay"), name: name, description: description, inputSchema: schema,
      annotations: annotations, approval: approval)
  }

  private func remembering(_ approval: Tool.Approval, _ tool: Tool) -> ToolApprovals {
    var approvals = ToolApprovals()
    approvals.remember(approval, for: tool, declared: [tool])
    return approvals
  }

  @Test(arguments: Tool.Approval.allCases, Tool.Approval.allCases)
  func `The manifest's never outranks a person's word, and that the rest of it`(
    manifest: Tool.Approval, word: Tool.Approval
  ) {
    let tool = tool("act", manifest)
    let held = remembering(word, tool).applied(to: tool)
    #expect(held.approval == (manifest == .never ? .never : word))
    #expect(held.isRemembered == (manifest != .never))
    let untold = ToolApprovals().applied(to: tool)
    #expect(untold.approval == manifest && !untold.isRemembered)
  }

  @Test func `A word is about one tool as it was`() {
    let approvals = remembering(.auto, tool(annotations: ["readOnlyHint": true]))
    let same = tool(annotations: ["readOnlyHint": true])
    #expect(approvals.applied(to: same).approval == .auto)
    for other in [
      tool("other", annotations: ["readOnlyHint": true]), tool(),
      tool(description: "Deletes", annotations: ["readOnlyHint": true]),
      tool(schema: ["type": "object", "required": []], annotations: ["readOnlyHint": true]),
      tool(annotations: ["readOnlyHint": false]),
    ] {
      #expect(approvals.applied(to: other) == other)
    }
  }

  @Test func `What is kept is read back, and what is not understood was never said`() throws {
    var approvals = remembering(.auto, tool(annotations: ["readOnlyHint": true]))
    approvals.remember(.never, for: tool("b"), declared: [])
    let json = try #require(approvals.json)
    #expect(ToolApprovals(json) == approvals)
    #expect(ToolApprovals(try JSON(parsing: json.bytes)) == approvals)
    let odd: [JSON] = [
      nil, 5, [], ["act": "auto"], ["act": ["approve": "auto"]],
      ["act": ["approve": "always", "of": [:]]], ["act": ["of": [:]]],
    ]
    for odd in odd { #expect(ToolApprovals(odd) == ToolApprovals()) }
    #expect(ToolApprovals().json == nil)
  }

  @Test func `What is forgotten is gone, once`() {
    var approvals = remembering(.auto, tool())
    let asked = approvals.forget("other")
    #expect(!asked && approvals.json != nil)
    let (first, second) = (approvals.forget("act"), approvals.forget("act"))
    #expect(first && !second && approvals.json == nil)
  }

  @Test func `A child that names its tools anew each time does not pile them up`() {
    var approvals = ToolApprovals()
    for number in 0..<3 * Child.toolLimit {
      let tool = tool("t\(number)")
      approvals.remember(.auto, for: tool, declared: [tool])
      #expect(approvals.applied(to: tool).isRemembered)
      #expect((approvals.json?.members ?? []).count <= Child.toolLimit)
    }
  }
}
