import ChildProtocol

/// A thread as a document that `ThreadImport` reads: what stands around its entries, which are
/// written between, one a line, as they are stored.
package struct ThreadExport: Sendable {
  /// What stands between two entries.
  package static let separator: StaticString = ",\n"

  /// What stands ahead of the first entry.
  package let opening: [UInt8]
  /// What stands behind the last.
  package let ending: [UInt8]

  /// The export of what `outline` has, begun at `time`.
  package init(of outline: ThreadOutline, at time: Timestamp) {
    var writer = JSONWriter()
    writer.object {
      $0.field("format", ThreadImport.format)
      $0.field("version", ThreadImport.version)
      $0.field("exported_at", time.description)
      $0.key("thread")
      outline.thread.write(to: &$0)
    }
    opening = writer.bytes.dropLast() + Array(",\"entries\":[\n".utf8)
    writer = JSONWriter()
    writer.array { for message in outline.queued { $0.rawBytes(message.utf8) } }
    ending = Array("\n],\"queued\":".utf8) + writer.bytes + Array("}\n".utf8)
  }

  /// A name for its file that every file system takes.
  package static func fileName(of thread: ThreadID) -> String {
    let name = thread.text.utf8.prefix(64).map { byte in
      ThreadID.plainBytes.contains(byte) ? Character(Unicode.Scalar(byte)) : "-"
    }
    return "chatd-\(String(name)).json"
  }
}

extension ThreadID {
  /// What an identifier may consist of that comes from outside, so that it can stand anywhere.
  static let plainBytes = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)

  /// Whether it can be taken from outside.
  var isPlain: Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(Self.plainBytes.contains)
  }
}
