import ChildProtocol
import Glibc

/// How a program ended.
enum FilterEnd: Hashable, Sendable {
  case exited(Int32)
  case signalled(Int32)

  /// Reads what `waitpid` tells.
  init(status: Int32) {
    self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
  }

  /// For people: "exited with 3", "was ended by SIGKILL".
  var words: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .signalled(let signal): "was ended by \(Self.names[signal] ?? "signal \(signal)")"
    }
  }

  /// Those that end a process, as signal(7) has them.
  private static let names: [Int32: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL",
    SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE",
    SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGVTALRM: "SIGVTALRM", SIGPROF: "SIGPROF",
    SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
  ]
}

/// The answer to a message that a program's output makes.
enum FilterAnswer: Hashable, Sendable {
  case text(String)
  /// The result as it is.
  case result(JSON)
  case declined
  case failed(String)

  /// The answer of a process that had one message.
  /// - Parameter lastError: the last line of its standard error.
  init(
    output: [UInt8], end: FilterEnd, lastError: String?, name: String, mode: FilterOptions.Mode
  ) {
    guard end == .exited(0) else {
      self = .failed(lastError ?? "\(name) \(end.words)")
      return
    }
    switch mode {
    case .json:
      self = output.allSatisfy(Self.isSpace) ? .declined : Self.object(in: output, name: name)
    case .text, .partial, .lines:
      let hasNewline = output.last == UInt8(ascii: "\n")
      let text = String(decoding: hasNewline ? output.dropLast() : output[...], as: UTF8.self)
      self = text.isEmpty ? .declined : .text(text)
    }
  }

  /// The answer that a line of a `--lines` program makes.
  init(line: [UInt8], name: String) {
    self =
      switch Self.parsed(line) {
      case .success(let json): .result(json)
      case .failure(let error):
        .failed("\(name) answered with a line that is \(error): \(Self.excerpt(line))")
      }
  }

  private static func object(in output: [UInt8], name: String) -> FilterAnswer {
    switch parsed(output) {
    case .success(let json) where json.isNull: .declined
    case .success(let json) where json.members != nil: .result(json)
    case .success(let json):
      .failed(
        "\(name) wrote \(json.kind); expected a JSON object or null: \(excerpt(output))")
    case .failure(let error):
      .failed(
        "\(name) wrote what is \(error); expected a JSON object or null: \(excerpt(output))")
    }
  }

  /// Nested as deep as fits the frame around it.
  private static func parsed(_ bytes: [UInt8]) -> Result<JSON, JSONError> {
    Result { () throws(JSONError) in
      try JSON(parsing: bytes, depthLimit: RPCMessage.depthLimit - 1)
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    [0x20, 0x09, 0x0A, 0x0D].contains(byte)
  }

  /// The beginning of what came, for an error's message.
  private static func excerpt(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let line = text.split(separator: "\n").joined(separator: " ")
    return bytes.count > 80 ? line + "…" : line
  }

  /// The answer to request `id`, as JSON-RPC; one that fits no frame becomes an error that says so.
  func frame(answering id: JSON, name: String) -> [UInt8] {
    let json: [UInt8] =
      switch self {
      case .text(let text):
        RPCMessage.result(id: id) { $0.object { $0.field("text", text) } }
      case .result(let value): RPCMessage.result(id: id) { $0.value(value) }
      case .declined: RPCMessage.result(id: id) { $0.null() }
      case .failed(let reason): RPCMessage.failure(id: id, .program(reason))
      }
    guard json.count > Frame.fromChildByteLimit else { return json }
    return RPCMessage.failure(id: id, .program(Self.tooMuch(name)))
  }

  /// Says that a program wrote more than an answer can hold.
  static func tooMuch(_ name: String) -> String {
    "\(name) wrote more than fits an answer: \(Frame.fromChildByteLimit) bytes of JSON are the most"
  }
}
