import ChatCore
import Foundation
import Logging
import ServiceLifecycle

@testable import ChatWeb

/// A server on free ports over a core in memory.
struct Running: Sendable {
  let addresses: WebAddresses
  let store: MemoryStore
  let children: FakeChildren
  let conversations: Conversations
  let journal: Journal
  let hub: Hub
  private let services: ServiceGroup

  var port: Int { addresses.port }
  var wsPort: Int { addresses.wsPort }

  /// Tells the server to stop, and returns at once.
  func stop() async { await services.triggerGracefulShutdown() }

  /// Runs `body` against a server, and stops it.
  static func server(
    configuration: WebConfiguration = .test, store: MemoryStore = MemoryStore(),
    children: FakeChildren = FakeChildren(), model: FakeModel = FakeModel(),
    reader: (any EntryReader)? = nil,
    _ body: @escaping @Sendable (Running) async throws -> Void
  ) async throws {
    let hub = Hub()
    let journal = Journal(store: store, sink: hub)
    let conversations = Conversations(
      around: Surroundings(
        journal: journal, reader: reader ?? store, children: children, model: model, sink: hub))
    let server = WebServer(
      configuration, conversations: conversations, reader: reader ?? store, children: children,
      assistant: { model.assistant }, models: { try await model.models() }, hub: hub,
      logger: .quiet)
    let services = ServiceGroup(services: [server], logger: .quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await journal.run() }
      group.addTask { try await conversations.run() }
      try await withThrowingTaskGroup(of: Void.self) { inner in
        inner.addTask { try await services.run() }
        inner.addTask {
          let running = Running(
            addresses: try await server.addresses, store: store, children: children,
            conversations: conversations, journal: journal, hub: hub, services: services)
          try await body(running)
          await running.stop()
        }
        for try await _ in inner {}
      }
      group.cancelAll()
      await conversations.finish()
    }
  }
}

extension WebConfiguration {
  /// Free ports and short times.
  static var test: WebConfiguration {
    var configuration = WebConfiguration(port: 0, wsPort: 0)
    configuration.limits.closeTimeout = .seconds(2)
    configuration.limits.shutdownTimeout = .seconds(3)
    return configuration
  }

  /// With one thing otherwise.
  func with(_ change: (inout WebConfiguration) -> Void) -> WebConfiguration {
    var configuration = self
    change(&configuration)
    return configuration
  }
}

extension Logger {
  static var quiet: Logger {
    Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
  }
}
