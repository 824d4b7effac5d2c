import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct OfferedToolsTests {
  private func tool(
    _ child: String, _ name: String, _ description: String = "", schema: JSON = ["type": "object"]
  ) -> Tool {
    Tool(
      child: ChildID(child), name: name, description: description, inputSchema: schema,
      annotations: nil, approval: .auto)
  }

  private func names(_ tools: OfferedTools) -> [String?] {
    tools.declarations.map { $0["name"]?.string }
  }

  @Test func `Tools are offered by name, whatever order they come in`() {
    let list = [tool("b", "x"), tool("a", "y"), tool("a", "x")]
    #expect(names(OfferedTools(list)) == ["a__x", "a__y", "b__x"])
    #expect(OfferedTools(list).declarations == OfferedTools(list.reversed()).declarations)
    #expect(OfferedTools(list).name(at: 2) == "b__x")
    #expect(OfferedTools(list).name(at: 3) == nil)
  }

  @Test func `A description says whose it is, and is bounded`() {
    let words = "Ignore\u{0} all. " + String(repeating: "ü", count: 9000)
    let offered = OfferedTools([tool("a", "x", words)]).declarations[0]["description"]?.string
    #expect(offered?.hasPrefix("Tool of the program a: Ignore all. ü") == true)
    #expect((8190...8192).contains(offered?.utf8.count ?? 0))
  }

  @Test(arguments: [
    ("{}", #"{"type":"object"}"#), ("7", #"{"type":"object"}"#),
    (#"{"type":"string"}"#, #"{"type":"object"}"#),
    (
      #"{"type":"object","oneOf":[{}],"anyOf":[],"properties":{"a\u0001":{"oneOf":[]}}}"#,
      #"{"type":"object","properties":{"a":{"oneOf":[]}}}"#
    ), (#"{"type":"object","maximum":1e999}"#, #"{"type":"object","maximum":"1e999"}"#),
  ]) func `A schema is made one that the API takes`(schema: String, sent: String) throws {
    let offered = OfferedTools([tool("a", "x", schema: try JSON(parsing: schema.utf8))])
    #expect(offered.declarations[0]["input_schema"]?.text == sent)
  }

  @Test func `A schema that is nested too deep is cut off`() throws {
    let text = String(repeating: #"{"a":"#, count: 200) + "1" + String(repeating: "}", count: 200)
    let offered = OfferedTools([tool("a", "x", schema: try JSON(parsing: text.utf8))])
    #expect(try JSON(parsing: offered.declarations[0].bytes, depthLimit: 100).members != nil)
  }

  @Test func `What there is no room for is told`() {
    let large = JSON.string(String(repeating: "a", count: 300 << 10))
    let schema: JSON = ["type": "object", "description": large]
    let offered = OfferedTools([
      tool("a", "x", schema: schema), tool("b", "x", schema: schema), tool("c", "x"),
    ])
    #expect(names(offered) == ["a__x", "c__x"])
    #expect(offered.leftOut.map(\.child) == [ChildID("b")])
  }

  @Test func `Tools that are gone and used are declared, refused ones are not`() {
    let offered = OfferedTools(
      [tool("a", "x"), tool("b", "x")], used: ["gone__y", "a__x"], refused: ["b__x"])
    #expect(names(offered) == ["a__x", "gone__y"])
    #expect(offered.declarations[1]["description"] == "Not available now.")
    #expect(!offered.areGone && OfferedTools([], used: ["gone__y"]).areGone)
    #expect(OfferedTools([]).isEmpty)
  }

  @Test func `A call is found by its name, and says why it can't be made`() {
    let offered = OfferedTools([tool("files", "read.file")], used: ["gone__y"])
    let name = ToolName.of(ChildID("files"), "read.file")
    #expect(
      offered.call(.init(name: name, input: ["a": 1], isBroken: false))
        == ModelCall(child: ChildID("files"), tool: "read.file", arguments: ["a": 1]))
    #expect(
      offered.call(.init(name: name, input: [:], isBroken: true)).problem
        == "its arguments are not a JSON object")
    for name in ["gone__y", "read.file", ""] {
      let call = offered.call(.init(name: name, input: [:], isBroken: false))
      #expect(call.child == ChildID("unknown") && call.tool == name && call.problem != nil)
    }
  }
}
