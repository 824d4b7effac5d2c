package import ChatCore
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves people and programs: HTTP with WebSockets on one port, WebSockets alone on another.
///
/// A service: it runs until it is told to stop, then takes no more connections, lets requests that
/// run finish, and closes WebSockets with 1001.
package struct WebServer: Service {
  private let configuration: WebConfiguration
  private let api: ChatAPI
  private let hub: Hub
  private let assets: Assets
  private let gatekeeper: Gatekeeper
  private let group: any EventLoopGroup
  private let logger: Logger
  private let bound = BoundPorts()

  /// A server over the core's parts. `hub` has to be the sink of the journal and of the children
  /// that stand behind them.
  package init(
    _ configuration: WebConfiguration, conversations: Conversations, reader: any EntryReader,
    children: any ChildControl & ChildTools,
    assistant: @escaping @Sendable () -> Assistant,
    models: @escaping @Sendable () async throws -> [ModelInfo], hub: Hub,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
  ) {
    self.configuration = configuration
    self.hub = hub
    self.group = group
    self.logger = logger
    api = ChatAPI(
      conversations: conversations, reader: reader, children: children, assistant: assistant,
      models: models, replayCount: configuration.limits.replayCount,
      answerBytes: configuration.limits.answerBytes)
    assets = Assets(folder: configuration.assets)
    gatekeeper = Gatekeeper(bound: configuration.host, allowed: configuration.allowedHosts)
  }

  /// Where it can be reached, once both ports are served.
  /// - Throws: What `run` threw before that; `WebError.ended` where it just ended.
  package var addresses: WebAddresses {
    get async throws {
      let (port, socketPort) = try await bound.both()
      return WebAddresses(host: configuration.host, port: port, wsPort: socketPort)
    }
  }

  /// Serves until a graceful shutdown is over or the task is cancelled.
  /// - Throws: `WebError.cannotListen`; `ChatError` where the log can't be read.
  package func run() async throws {
    defer { bound.fail(WebError.ended) }
    do { try await serve() } catch {
      bound.fail(error)
      throw error
    }
  }

  private func serve() async throws {
    await assets.load()
    let version = hub.childVersion
    hub.adopt(await api.children.statuses(), readAt: version)
    hub.reach(seq: try await api.reader.page(of: .main, before: nil, limit: 1).seq)
    let routes = Routes(
      api: api, hub: hub, assets: assets, gatekeeper: gatekeeper, limits: configuration.limits,
      socketPort: { [bound] in bound.known(.socket) })
    let main = application(.main, routes.router, at: configuration.port, ["/", "/ws"])
    let socket = application(.socket, routes.socketRouter, at: configuration.wsPort, ["/"])
    try await withGracefulDeadline(configuration.limits.shutdownTimeout) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await serve(main, at: configuration.port) }
        group.addTask { try await serve(socket, at: configuration.wsPort) }
        for try await _ in group {}
      }
    }
  }

  private func application(
    _ role: BoundPorts.Role, _ router: Router<Routes.Context>, at port: Int, _ paths: Set<String>
  ) -> some ApplicationProtocol {
    Application(
      router: router,
      server: HTTPServerBuilder { responder in
        ConnectionChannel(
          responder: responder, limits: configuration.limits, socketPaths: paths,
          gatekeeper: gatekeeper, api: api, hub: hub)
      },
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: port), backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(
          configuration.limits.connectionCount, logger: logger)),
      onServerRunning: { [bound] channel in
        bound.set(role, to: channel.localAddress?.port ?? port)
      },
      eventLoopGroupProvider: .shared(group), logger: logger)
  }

  private func serve(_ application: some ApplicationProtocol, at port: Int) async throws {
    do { try await application.run() } catch let error as IOError {
      throw WebError.cannotListen(
        address: "\(configuration.host):\(port)", reason: "\(error)", errno: error.errnoCode)
    }
  }

  /// Runs `body`, and cancels it when a graceful shutdown takes longer than `time`.
  private func withGracefulDeadline(
    _ time: Duration, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body()
        return true
      }
      group.addTask {
        try? await gracefulShutdown()
        try? await Task.sleep(for: time)
        return false
      }
      while let isDone = try await group.next() {
        group.cancelAll()
        if isDone { return }
      }
    }
  }
}
