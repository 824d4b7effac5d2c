import ChatCore
import ChildProtocol
import Hummingbird
import NIOCore
import Synchronization

extension Routes {
  /// Adds a thread's way out and in.
  func addTransfer(_ router: Router<Context>) {
    resource(
      router, "/api/export", [.get: { request, context in try await export(request, context) }])
    let gate = ImportGate()
    resource(
      router, "/api/import",
      [
        .post: { request, _ in
          try gate.enter()
          defer { gate.leave() }
          return try await take(request)
        }
      ])
  }

  /// A whole thread with all its branches, an entry a line.
  private func export(_ request: Request, _ context: Context) async throws -> Response {
    let outline = try await api.reader.tree(
      of: Query(request).text("thread").map { ThreadID($0) } ?? .main)
    let document = ThreadExport(of: outline, at: .now)
    let stream = EntryStream(
      reader: api.reader, outline: outline, opening: document.opening, ending: document.ending,
      separator: ThreadExport.separator)
    var headers = Self.jsonHeaders
    headers[.contentDisposition] =
      "attachment; filename=\"\(ThreadExport.fileName(of: outline.thread.id))\""
    return self.stream(stream, headers, context)
  }

  private func take(_ request: Request) async throws -> Response {
    let body: ByteBuffer
    do {
      body = try await request.body.collect(upTo: limits.importBytes)
    } catch is NIOTooManyBytesError {
      throw HTTPFailure(
        .contentTooLarge, "too_large", "an import is at most \(limits.importBytes) bytes long")
    }
    let imported = try await api.conversations.take(
      try await ThreadImport(parsing: Array(body.readableBytesView)))
    return Self.json {
      $0.key("thread")
      imported.thread.write(to: &$0)
      $0.field("added", Int64(imported.addedCount))
      $0.field("present", Int64(imported.presentCount))
      $0.field("skipped", Int64(imported.skippedCount))
    }
  }
}

/// Lets one import in at a time: each may take as much memory as all else together.
final class ImportGate: Sendable {
  private let isTaken = Atomic(false)

  /// - Throws: `ChatError.conflict` while another one is inside.
  func enter() throws(ChatError) {
    guard !isTaken.exchange(true, ordering: .acquiring) else {
      throw .conflict(reason: "another import is running: try again when it is done")
    }
  }

  func leave() { isTaken.store(false, ordering: .releasing) }
}
