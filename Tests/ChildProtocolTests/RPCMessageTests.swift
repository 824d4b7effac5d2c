import TestSupport
import Testing

@testable import ChildProtocol

@Suite struct RPCMessageTests {
  private func malformed(_ text: String) -> String? {
    do throws(RPCMessage.Malformed) {
      _ = try RPCMessage(parsing: text.utf8)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test(
    arguments: [
      (
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}"#,
        .request(id: 1, method: "m", params: ["a": 1])
      ),
      (#"{"jsonrpc":"2.0","id":"x","method":"m"}"#, .request(id: "x", method: "m", params: .null)),
      (
        #"{"method":"m","id":null,"jsonrpc":"2.0"}"#,
        .request(id: .null, method: "m", params: .null)
      ),
      (
        #"{"jsonrpc":"2.0","method":"m","params":[1]}"#, .notification(method: "m", params: [1])
      ),
      (#"{"jsonrpc":"2.0","id":1,"result":null}"#, .result(id: 1, value: .null)),
      (#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, .result(id: 1, value: [:])),
      (
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#,
        .failure(id: 1, RPCFailure(code: -32601, message: "no"))
      ),
      (
        #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad"}}"#,
        .failure(id: .null, RPCFailure(code: -32700, message: "bad"))
      ),
      (
        #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"e"}}"#,
        .failure(id: 1, RPCFailure(code: 1, message: "e"))
      ),
      (
        #"{"jsonrpc":"2.0","extra":[1],"id":1,"method":"m"}"#,
        .request(id: 1, method: "m", params: .null)
      ),
    ] as [(String, RPCMessage)])
  func `Every shape of a message is read`(text: String, message: RPCMessage) throws {
    #expect(try RPCMessage(parsing: text.utf8) == message)
  }

  @Test(arguments: [
    ("[]", "expected a JSON-RPC object, got an array"),
    ("null", "expected a JSON-RPC object, got null"),
    ("{}", #"expected "jsonrpc":"2.0""#),
    (#"{"jsonrpc":2.0,"id":1,"result":1}"#, #"expected "jsonrpc":"2.0""#),
    (#"{"jsonrpc":"1.0","id":1,"result":1}"#, #"expected "jsonrpc":"2.0""#),
    (#"{"jsonrpc":"2.0"}"#, "expected a method or an id"),
    (#"{"jsonrpc":"2.0","result":1}"#, "expected a method or an id"),
    (#"{"jsonrpc":"2.0","id":1}"#, "expected a method, a result or an error"),
    (#"{"jsonrpc":"2.0","id":1,"error":null}"#, "expected a method, a result or an error"),
    (#"{"jsonrpc":"2.0","method":1}"#, "expected a string as method, got a number"),
    (
      #"{"jsonrpc":"2.0","id":true,"method":"m"}"#,
      "expected a string or a number as id, got a truth value"
    ),
    (
      #"{"jsonrpc":"2.0","id":{},"result":1}"#,
      "expected a string or a number as id, got an object"
    ),
    (
      #"{"jsonrpc":"2.0","id":[1],"error":{}}"#,
      "expected a string or a number as id, got an array"
    ),
    ("{", "not JSON: expected a member's name at byte 1"),
  ])
  func `What is no message is refused with the reason`(text: String, reason: String) {
    #expect(malformed(text) == reason)
  }

  @Test(arguments: [
    ("{}", 0, "an error without a message"), ("\"oops\"", 0, "oops"),
    (#"{"code":"x","message":7}"#, 0, "an error without a message"),
    (#"{"code":5.0,"message":"m","data":[1]}"#, 5, "m"), ("1", 0, "an error without a message"),
  ])
  func `An error is taken however it is written`(json: String, code: Int64, message: String) throws
  {
    let text = #"{"jsonrpc":"2.0","id":1,"error":\#(json)}"#
    let failure = RPCFailure(code: code, message: message)
    #expect(try RPCMessage(parsing: text.utf8) == .failure(id: 1, failure))
    #expect(failure.description == "\(message) (\(code))")
  }

  @Test func `What is written is compact, its keys in the contract's order`() {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    let params = { (writer: inout JSONWriter) in
      writer.object {
        $0.field("b", Int64(1))
        $0.field("a", "é\n")
      }
    }
    #expect(
      text(RPCMessage.request(id: 7, method: "message", params: params))
        == #"{"jsonrpc":"2.0","id":7,"method":"message","params":{"b":1,"a":"é\n"}}"#)
    #expect(
      text(RPCMessage.notification(method: "cancel", params: params))
        == #"{"jsonrpc":"2.0","method":"cancel","params":{"b":1,"a":"é\n"}}"#)
    #expect(
      text(RPCMessage.result(id: "x\"", params))
        == #"{"jsonrpc":"2.0","id":"x\"","result":{"b":1,"a":"é\n"}}"#)
    #expect(
      text(RPCMessage.failure(id: .null, RPCFailure(code: -32001, message: "no")))
        == #"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no"}}"#)
  }

  @Test(arguments: ["1", "-7", "1.0", "1e2", "12345678901234567890123", "\"\"", "\"é\"", "null"])
  func `An id comes back as it was written`(id: String) throws {
    let text = #"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#
    guard case .request(let read, _, _) = try RPCMessage(parsing: text.utf8) else {
      throw RPCMessage.Malformed(reason: "no request")
    }
    #expect(
      String(decoding: RPCMessage.result(id: read) { $0.null() }, as: UTF8.self)
        == #"{"jsonrpc":"2.0","id":\#(id),"result":null}"#)
  }

  @Test func `What a child nests can be wrapped again without going over the limit`() throws {
    func frame(_ depth: Int) -> String {
      let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      return #"{"jsonrpc":"2.0","id":1,"result":\#(nested)}"#
    }
    let deepest = RPCMessage.depthLimit - 1
    guard case .result(_, let value) = try RPCMessage(parsing: frame(deepest).utf8) else {
      throw RPCMessage.Malformed(reason: "no result")
    }
    #expect(malformed(frame(deepest + 1))?.contains("levels of nesting") == true)
    var wrapped = value
    for _ in 0..<100 { wrapped = ["around": wrapped] }
    #expect(try JSON(parsing: wrapped.bytes) == wrapped)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `Any JSON is a message or is refused`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let names = ["jsonrpc", "id", "method", "params", "result", "error"]
    for _ in 0..<500 {
      var members = [JSON.Member("jsonrpc", "2.0")]
      for name in names.shuffled(using: &generator).prefix(3) {
        members.append(.init(name, .random(depth: 2, using: &generator)))
      }
      _ = try? RPCMessage(parsing: JSON.object(members).bytes)
    }
  }
}
