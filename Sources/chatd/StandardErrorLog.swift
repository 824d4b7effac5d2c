import ChatCore
import ChildProtocol
import Foundation
import Logging

/// Writes log lines to standard error, as text or as JSON, each with one write so that lines don't
/// mix.
struct StandardErrorLog: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let format: Config.LogFormat
  let label: String

  /// Sends every logger of the program here.
  static func bootstrap(_ config: Config) {
    let level = Logger.Level(rawValue: config.logLevel) ?? .info
    LoggingSystem.bootstrap {
      StandardErrorLog(logLevel: level, format: config.logFormat, label: $0)
    }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    var line: [UInt8]
    switch format {
    case .text:
      let pairs = all.map { " \($0.key)=\($0.value)" }.joined()
      line = Array("\(Timestamp.now) \(event.level) \(event.message)\(pairs)".utf8)
    case .json:
      var writer = JSONWriter()
      writer.object {
        $0.field("at", Timestamp.now.description)
        $0.field("level", event.level.rawValue)
        $0.field("label", label)
        $0.field("message", event.message.description)
        for (key, value) in all {
          $0.key(text: key)
          $0.value("\(value)")
        }
      }
      line = writer.bytes
    }
    // A message of several lines stays one line of the log.
    line = line.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 } + [UInt8(ascii: "\n")]
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
