import TestSupport
import Testing

@testable import ChildProtocol

/// A million damaged messages: each is read as what it is, or refused for what is wrong with it.
@Suite struct RPCFuzzTests {
  private static let trialCount = 1_000_000
  private static let shareCount = 4

  /// The messages of a share, which are damaged over and over: short, so that the damage tells.
  private static func messages(using generator: inout SeededGenerator) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while messages.count < 500 {
      let message = message(using: &generator)
      if message.count <= 70 { messages.append(message) }
    }
    return messages
  }

  /// A message of any kind, with all sorts of JSON in it.
  private static func message(using generator: inout SeededGenerator) -> [UInt8] {
    let value = JSON.random(depth: 2, using: &generator)
    switch generator.next() % 5 {
    case 0: return RPCMessage.request(id: 7, method: "state/save") { $0.value(value) }
    case 1: return RPCMessage.notification(method: "log") { $0.value(value) }
    case 2: return RPCMessage.result(id: .string("\u{e9}")) { $0.value(value) }
    case 3: return RPCMessage.failure(id: 3, RPCFailure(code: -1, message: value.text))
    default: return value.bytes
    }
  }

  /// Changes some bytes, in place.
  private static func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    for _ in 0...Int(generator.next() % 3) {
      let bits = generator.next()
      guard !bytes.isEmpty else { return }
      let index = Int((bits >> 16) % UInt64(bytes.count))
      switch bits % 6 {
      case 0: bytes[index] = UInt8(truncatingIfNeeded: bits >> 8)
      // What stands for something in JSON does more harm than any byte.
      case 1: bytes[index] = Self.signs[Int((bits >> 8) % UInt64(Self.signs.count))]
      case 2: bytes.insert(Self.signs[Int((bits >> 8) % UInt64(Self.signs.count))], at: index)
      case 3: bytes.remove(at: index)
      case 4 where bits & 0x300 == 0: bytes.removeLast(bytes.count - index)
      default: bytes.swapAt(index, bytes.count - 1 - index)
      }
    }
  }

  private static let signs = Array(#"{}[]",:\/u0123456789.eE+-tfn "#.utf8) + [0, 0x1F, 0xC3, 0xED]

  /// Reads a message's bytes.
  typealias Reading = ([UInt8]) throws(RPCMessage.Malformed) -> RPCMessage

  /// What is wrong with how `read` takes these bytes; nil: nothing.
  private static func fault(_ bytes: [UInt8], _ read: Reading) -> String? {
    let expected = expectation(bytes)
    do throws(RPCMessage.Malformed) {
      let message = try read(bytes)
      return expected == .message(message) ? nil : "\(message) instead of \(expected)"
    } catch {
      let found: Expectation = error.reason.hasPrefix("not JSON") ? .noJSON : .noMessage
      return expected == found ? nil : "\(error.reason) instead of \(expected)"
    }
  }

  private enum Expectation: Hashable {
    case noJSON, noMessage
    case message(RPCMessage)
  }

  /// What JSON-RPC says of some bytes.
  private static func expectation(_ bytes: [UInt8]) -> Expectation {
    guard bytes.withUnsafeBytes({ PlainGrammar.accepts($0) }) else { return .noJSON }
    guard let json = try? JSON(parsing: bytes), json["jsonrpc"] == "2.0" else { return .noMessage }
    let (id, method, params) = (json["id"], json["method"], json["params"] ?? .null)
    switch id {
    case .bool, .array, .object: return .noMessage
    case nil:
      return (method?.string).map { .message(.notification(method: $0, params: params)) }
        ?? .noMessage
    case .number(_)?, .string(_)?, .null?: break
    }
    guard let id else { return .noMessage }
    if let method {
      return method.string.map { .message(.request(id: id, method: $0, params: params)) }
        ?? .noMessage
    }
    if let error = json["error"], error != .null {
      return .message(.failure(id: id, RPCFailure(error)))
    }
    return json["result"].map { .message(.result(id: id, value: $0)) } ?? .noMessage
  }

  @Test(arguments: 0..<UInt64(shareCount))
  func `A million damaged messages are read or refused, and for the right reason`(
    seed: UInt64
  ) async throws {
    // This takes seconds, which tests with a time limit should not have to wait for.
    let (takenCount, faults) = try await onOwnThread { () -> (Int, [String]) in
      var generator = SeededGenerator(seed: seed)
      let messages = Self.messages(using: &generator)
      var (takenCount, faults) = (0, [String]())
      for trial in 0..<Self.trialCount / Self.shareCount {
        var bytes = messages[trial % messages.count]
        Self.damage(&bytes, using: &generator)
        let fault = Self.fault(bytes) { bytes throws(RPCMessage.Malformed) in
          let message = try RPCMessage(parsing: bytes)
          takenCount += 1
          return message
        }
        if let fault { faults.append("\(fault): \(String(decoding: bytes, as: UTF8.self))") }
      }
      return (takenCount, faults)
    }
    #expect(faults.isEmpty, "\(faults.count) faults: \(faults.prefix(3))")
    #expect(takenCount > 1000, "some are still messages")
    #expect(takenCount < Self.trialCount / Self.shareCount / 2, "most are not")
  }

  /// Readers with something wrong with them.
  enum Faulty: CaseIterable, Sendable {
    case mendsUTF8, stopsAtTheEndOfTheValue, saysNothingOfJSON, takesNullForAnyID

    func read(_ bytes: [UInt8]) throws(RPCMessage.Malformed) -> RPCMessage {
      switch self {
      case .mendsUTF8:
        return try RPCMessage(parsing: String(decoding: bytes, as: UTF8.self).utf8)
      case .stopsAtTheEndOfTheValue:
        let end = bytes.lastIndex(of: UInt8(ascii: "}")).map { $0 + 1 } ?? bytes.count
        return try RPCMessage(parsing: bytes[..<end])
      case .saysNothingOfJSON:
        do throws(RPCMessage.Malformed) {
          return try RPCMessage(parsing: bytes)
        } catch {
          throw RPCMessage.Malformed(reason: "it can't be read")
        }
      case .takesNullForAnyID:
        let message = try RPCMessage(parsing: bytes)
        guard case .result(_, let value) = message else { return message }
        return .result(id: .null, value: value)
      }
    }
  }

  @Test(arguments: Faulty.allCases)
  func `A fault in the reading is found`(faulty: Faulty) {
    var generator = SeededGenerator(seed: 1)
    let messages = Self.messages(using: &generator)
    let foundCount = (0..<10_000).count { trial in
      var bytes = messages[trial % messages.count]
      Self.damage(&bytes, using: &generator)
      return Self.fault(bytes, faulty.read) != nil
    }
    #expect(foundCount > 0)
  }
}
