import ChatCore
import ChildProtocol
import NIOCore

/// What is said over the socket, beside messages.
extension Child {
  private static let strikeLimit = 3
  private static let strikePeriod = Duration.seconds(60)
  /// What a child may save, as JSON.
  static let stateByteLimit = 1 << 20

  func sendInitialize() {
    let id = requests.begin(.initialize)
    channel?.writeFrame(
      ChatdFrame.initialize(
        id: id, child: self.id, generation: generation, state: savedState,
        config: manifest.config, version: Supervisor.version))
  }

  func sendPing() {
    let id = requests.begin(.ping)
    channel?.writeFrame(ChatdFrame.ping(id: id))
  }

  func sendShutdown() {
    let id = requests.begin(.shutdown)
    channel?.writeFrame(
      ChatdFrame.shutdown(
        id: id, deadline: manifest.drain, reason: isWanted ? "restart" : "stop"))
  }

  /// Takes a frame in. Any frame is a sign of life.
  func received(_ frame: Frame) {
    if watchdog?.heard() == true { handle(.recovered) }
    switch frame {
    case .whole(let bytes):
      do throws(RPCMessage.Malformed) { received(try RPCMessage(parsing: bytes)) } catch {
        strike("it sent a frame that is not JSON-RPC: \(error.reason)")
      }
    case .tooLong(let byteCount, let head):
      let reason = "it sent a frame of \(byteCount) bytes; \(Frame.fromChildByteLimit) is the most"
      if let id = Self.answeredID(in: head), case .open(let purpose) = requests.answer(id) {
        fail(purpose, reason)
      }
      if let id = Self.askedID(in: head) {
        let failure = RPCFailure(code: RPCFailure.refused, message: reason)
        channel?.writeFrame(RPCMessage.failure(id: id, failure))
      }
      strike(reason)
    }
  }

  /// The answer to a request was too long to be read.
  private func fail(_ purpose: ChildRequests.Purpose, _ reason: String) {
    let failure = RPCFailure(code: RPCFailure.refused, message: reason)
    switch purpose {
    case .message(let ask): end(ask, .failed, reason)
    case .call(let call): finish(call, .failure(failure))
    case .initialize: initialized(.failure(failure))
    case .shutdown: closeConnection()
    case .ping: break
    }
  }

  private func received(_ message: RPCMessage) {
    switch message {
    case .request(let id, let method, let params): answer(id, method, params)
    case .notification("partial", let params): takePartial(params)
    case .notification("log", let params): takeLog(params)
    case .notification: break
    case .result(let id, let value): answered(id, .success(value))
    case .failure(let id, let failure): answered(id, .failure(failure))
    }
  }

  private func answered(_ id: JSON, _ answer: Result<JSON, RPCFailure>) {
    guard let number = id.int else {
      return strike("it answered request \(id.text), which is none")
    }
    switch requests.answer(number) {
    case .givenUp: break
    case .unknown: strike("it answered request \(number), which was not asked")
    case .open(.initialize): initialized(answer)
    case .open(.ping): break
    case .open(.shutdown): closeConnection()
    case .open(.message(let ask)): finish(ask, answer)
    case .open(.call(let call)): finish(call, answer)
    }
  }

  private func initialized(_ answer: Result<JSON, RPCFailure>) {
    switch answer {
    case .success(let result): declare(result["tools"]?.array ?? [])
    case .failure(let failure) where failure.code == RPCFailure.methodNotFound: break
    case .failure(let failure):
      return handle(.startRefused(reason: "it refused to start: \(failure.message)"))
    }
    startWatchdog()
    handle(.ready)
    giveOut()
  }

  private func takeLog(_ params: JSON) {
    let level = params["level"]?.string ?? "info"
    let text = "[\(level)] \(params["message"]?.string ?? params.text)"
    log.append(ofChild: text, generation: generation)
  }

  func strike(_ reason: String) {
    say("strike: \(reason)")
    let now = Moment.now.steady
    strikes = strikes.filter { now - $0 < Self.strikePeriod } + [now]
    if strikes.count >= Self.strikeLimit {
      handle(.condemned(.protocol, reason: "strike \(strikes.count) within a minute: \(reason)"))
    }
  }

  /// The id of the request that a frame begins with; nil where it can't be told, or where it is
  /// none.
  private static func askedID(in head: [UInt8]) -> JSON? {
    let text = String(decoding: head, as: UTF8.self)
    let envelope = text.firstRange(of: "\"params\"").map { text[..<$0.lowerBound] } ?? text[...]
    guard envelope.contains("\"method\""),
      let match = envelope.firstMatch(of: /"id"\s*:\s*("(?:[^"\\]|\\.){0,256}"|\d{1,18}\b)/)
    else { return .none }
    do { return try JSON(parsing: match.1.utf8) } catch { return .none }
  }

  /// The id of the response that a frame begins with; nil where it can't be told, or where it is no
  /// response.
  private static func answeredID(in head: [UInt8]) -> Int64? {
    let text = String(decoding: head, as: UTF8.self)
    guard !text.contains("\"method\""), let match = text.firstMatch(of: /"id"\s*:\s*(\d{1,18})\b/)
    else { return nil }
    return Int64(match.1)
  }
}
