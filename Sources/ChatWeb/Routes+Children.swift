import ChatCore
import ChildProtocol
import Hummingbird

extension Routes {
  /// The lines of a log where a request names no number, and at most.
  private static let lineCount = (usual: 200, most: 10_000)

  /// Adds what can be done with children.
  func addChildren(_ router: Router<Context>) {
    resource(
      router, "/api/children",
      [
        .get: { _, _ in
          let statuses = await api.children.statuses()
          return Self.json { $0.list("children", statuses) { $0.write(to: &$1) } }
        }
      ])
    add(router, "start") { try $0.truth("clean") ? .startClean : .start }
    add(router, "stop") { _ in .stop }
    add(router, "kill") { _ in .kill }
    add(router, "restart") {
      try $0.truth("clean") ? .startClean : .restart(force: try $0.truth("force"))
    }
    resource(
      router, "/api/children/{name}/state",
      [
        .get: { _, context in
          Self.state(try await api.children.state(of: ChildID(try part("name", context))))
        },
        .delete: { _, context in
          try await api.children.clearState(of: ChildID(try part("name", context)))
          return Self.state(nil)
        },
      ])
    resource(
      router, "/api/children/{name}/logs",
      [
        .get: { request, context in
          let query = Query(request)
          let count = try query.number("lines", in: 1...Self.lineCount.most)
          let span = TimeSpan(from: try query.time("from"), to: try query.time("to"))
          let lines = try await api.children.log(
            of: ChildID(try part("name", context)), lineCount: count ?? Self.lineCount.usual,
            within: span)
          return Self.json { $0.list("lines", lines) { $0.write(to: &$1) } }
        }
      ])
  }

  private static func state(_ state: JSON?) -> Response { json { $0.field("state", state) } }

  private func add(
    _ router: Router<Context>, _ name: String,
    _ command: @escaping @Sendable (Query) throws -> ChildCommand
  ) {
    resource(
      router, "/api/children/{name}/\(name)",
      [
        .post: { request, context in
          let child = ChildID(try part("name", context))
          let query = Query(request)
          let status = try await api.children.perform(
            try command(query), on: child,
            generation: try query.number("generation", in: 0...Int.max).map { Int64($0) })
          return Self.json(.ok, status.write)
        }
      ])
  }
}
