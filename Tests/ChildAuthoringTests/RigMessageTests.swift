import ChildProtocol
import Testing

@testable import ChildAuthoring

@Suite struct RigMessageTests {
  private func read(_ text: String) -> RigMessage { RigMessage(parsing: Array(text.utf8)) }

  @Test func `what is right has a meaning and no fault`() {
    let request = read(#"{"jsonrpc":"2.0","id":"a","method":"state/save","params":{"state":1}}"#)
    #expect(request.meaning == .request(id: "a", method: "state/save", params: ["state": 1]))
    let notification = read(#"{"jsonrpc":"2.0","method":"log"}"#)
    #expect(notification.meaning == .notification(method: "log", params: nil))
    let null = read(#"{"jsonrpc":"2.0","id":1,"result":null}"#)
    #expect(null.meaning == .answer(id: 1, .success(nil)))
    let error = read(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#)
    #expect(error.meaning == .answer(id: 1, .failure(RPCFailure(code: -32601, message: "no"))))
    for message in [request, notification, null, error] { #expect(message.faults == []) }
  }

  @Test(arguments: [
    #"{"id":1,"result":{}}"#, #"{"jsonrpc":"1.0","id":1,"result":{}}"#,
    #"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}}"#,
    #"{"jsonrpc":"2.0","id":1,"error":"it failed"}"#,
    #"{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"m"}}"#,
  ])
  func `what is wrong and can be told is a fault with a meaning`(text: String) {
    let message = read(text)
    #expect(message.faults.count == 1)
    guard case .answer(id: 1, _)? = message.meaning else {
      Issue.record("\(text): \(message)")
      return
    }
  }

  @Test(arguments: [
    "", "{", "[]", "7", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":1}"#,
    #"{"jsonrpc":"2.0","id":1,"error":null}"#, #"{"jsonrpc":"2.0","method":7}"#,
    #"{"jsonrpc":"2.0","id":[1],"method":"log"}"#, "\u{FEFF}{}",
  ])
  func `what is none is a fault without a meaning`(text: String) {
    let message = read(text)
    #expect(message.meaning == nil)
    #expect(message.faults.count == 1)
  }

  @Test func `bytes that are not UTF-8 are a fault`() {
    let message = RigMessage(
      parsing: Array(#"{"jsonrpc":"2.0","method":""#.utf8) + [0xFF, 0x22, 0x7D])
    #expect(message.meaning == nil && message.faults.count == 1)
  }

  @Test func `the id of a long answer is told from its beginning`() {
    #expect(RigMessage.answeredID(in: Array(#"{"jsonrpc": "2.0", "id" : 42, "res"#.utf8)) == 42)
    #expect(RigMessage.answeredID(in: Array(#"{"jsonrpc":"2.0","id":1,"method":"x"#.utf8)) == nil)
    #expect(RigMessage.answeredID(in: Array(#"{"result":"…"#.utf8)) == nil)
  }
}
