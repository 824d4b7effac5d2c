import ChatCore
import TestSupport

/// Runs `body` with a server and a client that has been greeted.
func withClient(
  children: FakeChildren = FakeChildren(["dice", "sentiment"]), model: FakeModel = FakeModel(),
  _ body: @escaping @Sendable (Running, WebSocketClient) async throws -> Void
) async throws {
  try await Running.server(children: children, model: model) { server in
    let (client, _) = try await WebSocketClient.greeted(server.port, path: "/ws")
    defer { client.wire.close() }
    try await body(server, client)
  }
}
