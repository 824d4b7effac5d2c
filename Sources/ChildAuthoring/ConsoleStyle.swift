import ChatCore
import ChildProtocol

/// How the console shows what happens.
package struct ConsoleStyle: Hashable, Sendable {
  /// How much of a frame is shown.
  package enum Frames: Hashable, Sendable {
    /// A line, cut at the terminal's usual width.
    case short
    /// All that was kept, in one line.
    case raw
    /// Indented.
    case pretty
  }

  let frames: Frames
  let hasColours: Bool

  package init(frames: Frames, hasColours: Bool) {
    self.frames = frames
    self.hasColours = hasColours
  }

  /// Whether colours are wanted: at a terminal that has them, unless NO_COLOR says otherwise
  /// (no-color.org).
  package static func wantsColours(isTerminal: Bool, environment: [String: String]) -> Bool {
    isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  private static let shortWidth = 160

  /// Something that happened, in a line or, indented, in several.
  func show(_ entry: RigTranscript.Entry) -> String {
    let isFrame = entry.kind == .sent || entry.kind == .received
    var text = entry.line(width: frames == .short ? Self.shortWidth : Int.max)
    if frames == .pretty, isFrame, let json = try? JSON(parsing: entry.text.utf8) {
      text = "\(entry.sign) \(Self.printable(Self.indented(json)))"
    }
    return coloured(text, Self.colour(of: entry.kind))
  }

  /// What a message was answered with.
  func show(_ outcome: Result<JSON, RPCFailure>, to id: Int64) -> String {
    switch outcome {
    case .failure(let failure) where failure.code == RPCFailure.methodNotFound:
      return coloured("= \(id) declined", 2)
    case .failure(let failure):
      return coloured("= \(id) failed: \(Self.printable(failure.message))", 31)
    case .success(let result):
      let isNothing = result.isNull || result.members?.isEmpty == true
      if isNothing || result["decline"]?.bool == true { return coloured("= \(id) declined", 2) }
      guard let members = result.members else {
        return coloured("= \(id) \(Self.printable(result.text))", 31)
      }
      let rest = members.filter { $0.key != "text" }
      let text = result["text"]?.string.map { [Self.printable($0)] } ?? []
      let shown = text + rest.map { "\($0.key): \(Self.printable($0.value.text))" }
      return coloured("= \(id) " + shown.joined(separator: "\n    "), 1)
    }
  }

  /// Words of the console's own about what is wrong.
  func alarm(_ text: String) -> String { coloured("! \(Self.printable(text))", 31) }

  /// Words of the console's own.
  func note(_ text: String) -> String { coloured("· \(text)", 2) }

  /// Colours as ECMA-48 numbers them.
  private static func colour(of kind: RigTranscript.Entry.Kind) -> Int {
    switch kind {
    case .sent: 36
    case .received: 32
    case .log(.stderr): 33
    case .log: 0
    case .note: 2
    }
  }

  private func coloured(_ text: String, _ colour: Int) -> String {
    hasColours ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }

  /// Text of the child's without what would steer the terminal.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
          return isControl && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar
        }))
  }

  /// JSON over several lines, two blanks a level.
  static func indented(_ json: JSON, margin: String = "") -> String {
    let inner = margin + "  "
    switch json {
    case .array(let elements) where !elements.isEmpty:
      let lines = elements.map { inner + indented($0, margin: inner) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(margin)]"
    case .object(let members) where !members.isEmpty:
      let lines = members.map {
        "\(inner)\(JSON.string($0.key).text): \(indented($0.value, margin: inner))"
      }
      return "{\n\(lines.joined(separator: ",\n"))\n\(margin)}"
    default: return json.text
    }
  }
}
