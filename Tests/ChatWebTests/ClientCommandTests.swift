import ChatCore
import ChildProtocol
import Testing

@testable import ChatWeb

struct ClientCommandTests {
  private func read(_ text: String) -> ReceivedCommand { ReceivedCommand(text.utf8) }

  private func failure(_ text: String) -> HTTPFailure? {
    if case .failure(let failure) = read(text).command { failure } else { nil }
  }

  @Test(arguments: ["", "{", "nonsense", "{\"type\":\"ping\"} x", "\u{1}", "[1", "{'a':1}"])
  func whatIsNotJSONIsAnErrorWithoutARef(_ text: String) {
    #expect(failure(text)?.code == "bad_json")
    #expect(read(text).ref == nil)
  }

  @Test(arguments: ["1", "null", "[]", "\"ping\"", "true"])
  func whatIsNoObjectIsAnError(_ text: String) { #expect(failure(text)?.code == "bad_json") }

  @Test func nestingHasABound() {
    let deep = String(repeating: "[", count: 10_000)
    #expect(failure(#"{"type":"ping","ref":"# + deep)?.code == "bad_json")
  }

  @Test(arguments: [#""a""#, "17", "null", "[1,{\"a\":2}]", "1.50", "true"])
  func anyRefComesBackAsItWas(_ ref: String) {
    #expect(read(#"{"type":"nothing","ref":\#(ref)}"#).ref?.text == ref)
    #expect(read(#"{"ref":\#(ref),"type":"ping"}"#).ref?.text == ref)
  }

  @Test func anUnknownTypeIsNamed() {
    #expect(failure(#"{"type":"dance"}"#)?.code == "unknown_type")
    #expect(failure(#"{"type":"dance"}"#)?.detail == #"type: there is no command "dance""#)
    let long = String(repeating: "x", count: 5_000)
    #expect((failure(#"{"type":"\#(long)"}"#)?.detail.utf8.count ?? 0) < 200)
  }

  @Test(arguments: [
    ("{}", "type"), (#"{"type":7}"#, "type"), (#"{"type":null}"#, "type"),
    (#"{"type":"send_message"}"#, "content"),
    (#"{"type":"send_message","content":7}"#, "content"),
    (#"{"type":"send_message","content":"a","thread":[]}"#, "thread"),
    (#"{"type":"send_message","content":"a","to":"dice"}"#, "to"),
    (#"{"type":"send_message","content":"a","to":["dice",1]}"#, "to"),
    (#"{"type":"send_message","content":"a","parent":1}"#, "parent"),
    (#"{"type":"send_message","content":"a","beside":1}"#, "beside"),
    (#"{"type":"send_message","content":"a","client_msg_id":1}"#, "client_msg_id"),
    (#"{"type":"get_messages","limit":0}"#, "limit"),
    (#"{"type":"get_messages","limit":1.5}"#, "limit"),
    (#"{"type":"get_messages","since":-1}"#, "since"),
    (#"{"type":"get_messages","before":1}"#, "before"),
    (#"{"type":"subscribe","last_seq":"1"}"#, "last_seq"),
    (#"{"type":"subscribe","last_seq":-1}"#, "last_seq"),
    (#"{"type":"subscribe","threads":"main"}"#, "threads"),
    (#"{"type":"subscribe","epoch":1}"#, "epoch"),
    (#"{"type":"start_child"}"#, "manifest_name"), (#"{"type":"stop_child"}"#, "actor_id"),
    (#"{"type":"kill_child"}"#, "actor_id"), (#"{"type":"restart_child"}"#, "actor_id"),
    (#"{"type":"restart_child","actor_id":"a","force":"yes"}"#, "force"),
    (#"{"type":"regenerate"}"#, "message_id"), (#"{"type":"retry","message_id":1}"#, "message_id"),
    (#"{"type":"update_thread","id":"a","head":1}"#, "head"),
    (#"{"type":"stop_generation"}"#, "message_id"), (#"{"type":"tail_logs"}"#, "actor_id"),
    (#"{"type":"untail_logs","actor_id":1}"#, "actor_id"), (#"{"type":"update_thread"}"#, "id"),
    (#"{"type":"delete_thread"}"#, "id"), (#"{"type":"create_thread","title":1}"#, "title"),
    (#"{"type":"create_thread","muted":["Not A Child"]}"#, "muted"),
    (#"{"type":"update_thread","id":"a","read_seq":-1}"#, "read_seq"),
    (#"{"type":"update_thread","id":"a","deleted_at":"2026"}"#, "deleted_at"),
    (#"{"type":"update_thread","id":"a","max_tokens":0}"#, "max_tokens"),
    (#"{"type":"update_thread","id":"a","max_tokens":10000001}"#, "max_tokens"),
    (#"{"type":"update_thread","id":"a","max_tokens":"9"}"#, "max_tokens"),
    (#"{"type":"update_thread","id":"a","max_tool_rounds":-1}"#, "max_tool_rounds"),
    (#"{"type":"update_thread","id":"a","max_tool_rounds":101}"#, "max_tool_rounds"),
    (#"{"type":"approve_tool","decision":"allow"}"#, "call_id"),
    (#"{"type":"approve_tool","call_id":"a"}"#, "decision"),
    (#"{"type":"approve_tool","call_id":"a","decision":"yes"}"#, "decision"),
    (#"{"type":"approve_tool","call_id":"a","decision":true}"#, "decision"),
    (#"{"type":"approve_tool","call_id":"a","decision":"deny","remember":1}"#, "remember"),
  ])
  func aFieldThatIsNotAsExpectedIsNamed(_ text: String, _ field: String) {
    #expect(failure(text)?.code == "invalid")
    #expect(failure(text)?.field == field)
    #expect(failure(text)?.detail.hasPrefix("\(field): expected") == true)
  }

  @Test(arguments: [
    ("ping", "", ClientCommand.Pace.atOnce), ("regenerate", #","message_id":"a""#, .inOrder),
    ("retry", #","message_id":"a""#, .inOrder),
    ("retry_child", #","message_id":"a","actor_id":"b""#, .beside),
    ("approve_tool", #","call_id":"a","decision":"deny""#, .beside),
    ("send_message", #","content":"a","thread":null,"to":null"#, .inOrder),
    ("get_messages", "", .inOrder), ("subscribe", "", .inOrder), ("list_threads", "", .inOrder),
    ("create_thread", "", .inOrder), ("get_available_children", "", .inOrder),
    ("get_running_children", "", .inOrder), ("tail_logs", #","actor_id":"a""#, .inOrder),
    ("start_child", #","manifest_name":"a""#, .beside),
    ("stop_child", #","actor_id":"a""#, .beside), ("kill_child", #","actor_id":"a""#, .beside),
    ("restart_child", #","actor_id":"a","force":true"#, .beside),
    ("stop_generation", #","message_id":"a""#, .beside),
  ])
  func everyCommandHasItsPace(_ type: String, _ fields: String, _ pace: ClientCommand.Pace) {
    #expect(failure(#"{"type":"\#(type)"\#(fields)}"#) == nil)
    #expect(read(#"{"type":"\#(type)"\#(fields)}"#).pace == pace)
  }

  @Test(arguments: [
    (#""decision":"allow""#, true, false), (#""decision":"deny","remember":true"#, false, true),
    (#""decision":"allow","remember":null"#, true, false),
  ])
  func aWordOnACallIsReadAsItIs(_ fields: String, _ allow: Bool, _ remember: Bool) throws {
    let command = try read(#"{"type":"approve_tool","call_id":"c",\#(fields)}"#).command.get()
    guard case .approve("c", allow, remember) = command else {
      Issue.record("it was read as \(command)")
      return
    }
  }

  @Test func limitsAreSetWithinTheirBoundsAndTakenBack() throws {
    var thread = ChatThread(id: .main, createdAt: Timestamp(milliseconds: 0))
    try ThreadChange(Fields(["max_tokens": 10_000_000, "max_tool_rounds": 0])).apply(to: &thread)
    #expect(thread.maxTokens == 10_000_000 && thread.maxToolRounds == 0)
    try ThreadChange(Fields(["max_tokens": 1])).apply(to: &thread)
    #expect(thread.maxTokens == 1 && thread.maxToolRounds == 0)
    try ThreadChange(Fields(["max_tokens": nil, "max_tool_rounds": 100])).apply(to: &thread)
    #expect(thread.maxTokens == nil && thread.maxToolRounds == 100)
  }

  @Test func aThreadIsChangedInWhatWasNamedAlone() throws {
    var thread = ChatThread(
      id: .main, title: "Old", createdAt: Timestamp(milliseconds: 0), model: "m", system: "s",
      muted: [ChildID("dice")], readSeq: 3, deletedAt: Timestamp(milliseconds: 1))
    let before = thread
    try ThreadChange(Fields([:])).apply(to: &thread)
    #expect(thread == before)
    let fields: JSON = ["title": "New", "model": nil, "muted": [], "read_seq": 9]
    try ThreadChange(Fields(fields)).apply(to: &thread)
    #expect(thread.title == "New" && thread.model == nil && thread.system == "s")
    #expect(thread.muted.isEmpty && thread.readSeq == 9 && thread.deletedAt != nil)
    try ThreadChange(Fields(["deleted_at": nil, "title": nil])).apply(to: &thread)
    #expect(thread.deletedAt == nil && thread.title == nil)
  }
}
