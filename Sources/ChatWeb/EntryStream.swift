import ChatCore
import ChildProtocol
import Hummingbird
import NIOCore
import Synchronization

/// A thread's entries within a JSON object, written a piece at a time, each read when the one
/// before it has gone: however long the thread and slow the client, no more than a piece of it is
/// held here, and nothing of the log.
///
/// Entries are spliced in as they are stored.
struct EntryStream: Sendable {
  let reader: any EntryReader
  let outline: ThreadOutline
  /// What stands ahead of the first entry and behind the last.
  let opening: [UInt8]
  let ending: [UInt8]
  /// What stands between two entries.
  var separator: StaticString = ","

  /// Writes all of it.
  /// - Throws: `ChatError` where the log can't be read any more; what `writer` throws once the
  ///   client has gone.
  func write(to writer: inout any ResponseBodyWriter) async throws {
    var chunk = ByteBuffer(bytes: opening)
    var cursor = outline.start
    var isFirst = true
    while let here = cursor {
      let piece = try await reader.piece(at: here)
      for entry in piece.entries {
        if !isFirst { chunk.writeStaticString(separator) }
        chunk.writeString(entry)
        isFirst = false
      }
      cursor = piece.next
      guard cursor != nil else { break }
      try await writer.write(chunk)
      chunk = ByteBuffer()
    }
    chunk.writeBytes(ending)
    try await writer.write(chunk)
  }

  /// The response. Where the log fails it midway, the connection ends without the closing chunk, by
  /// which the client can tell.
  func response(
    _ headers: HTTPFields, counters: Counters, failed: @escaping @Sendable (ChatError) -> Void
  ) -> Response {
    Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        do {
          try await write(to: &writer)
          try await writer.finish(nil)
        } catch let error as ChatError {
          counters.brokenOff.add(1, ordering: .relaxed)
          failed(error)
          throw error
        }
      })
  }
}

extension ThreadOutline {
  /// Writes what stands beside the entries.
  func writeSurroundings(to writer: inout JSONWriter) {
    writer.list("queued", queued) { $1.rawBytes($0.utf8) }
    writer.field("head", thread.head?.text)
    writer.field("seq", seq)
    writer.list("forks", forks) { $0.write(to: &$1) }
  }
}

extension JSONWriter {
  /// What stands behind a list within an object: the rest of the members, and the ends of both.
  static func behindList(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(members)
    return Array("],".utf8) + writer.bytes.dropFirst()
  }
}
