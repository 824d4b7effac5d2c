import ChatCore
import Hummingbird

extension Routes {
  /// Adds what can be done with threads.
  func addThreads(_ router: Router<Context>) {
    resource(
      router, "/api/threads",
      [
        .get: { _, _ in
          let threads = try await api.reader.threads()
          return Self.json { $0.list("threads", threads) { $0.write(to: &$1) } }
        },
        .post: { request, _ in
          let change = try ThreadChange(try await fields(request))
          return Self.json(.created, try await api.createThread(change).write)
        },
      ])
    resource(
      router, "/api/threads/{id}",
      [
        .patch: { request, context in
          let id = ThreadID(try part("id", context))
          let change = try ThreadChange(try await fields(request))
          return Self.json(.ok, try await api.updateThread(id, change).write)
        },
        .delete: { _, context in
          let id = ThreadID(try part("id", context))
          return Self.json(.ok, try await api.conversations.deleteThread(id).write)
        },
      ])
    resource(
      router, "/api/threads/{id}/usage",
      [
        .get: { _, context in
          let id = ThreadID(try part("id", context))
          let usage = try await api.reader.usage(of: id)
          return Self.json(.ok) { usage.write(of: id, to: &$0) }
        }
      ])
  }
}
