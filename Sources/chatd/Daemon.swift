import ChatChildren
import ChatClaude
import ChatCore
import ChatStore
import ChatWeb
import ChildProtocol
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Builds the parts in order, runs them, and stops them in reverse.
///
/// The order of stopping is that of a turn: no new ones begin and those that run end; then browsers
/// are let go, then children, and the journal last, since all of them write to it.
struct Daemon {
  /// How long turns that run may take to end once chatd is told to stop.
  static let turnTimeout = Duration.seconds(10)

  private let config: Config
  private let environment: [String: String]
  private let logger = Logger(label: "chatd")

  init(_ config: Config, environment: [String: String]) {
    self.config = config
    self.environment = environment
  }

  /// Serves until SIGTERM or SIGINT; a second one ends everything at once.
  /// - Throws: `DataFolder.Refused`, or what one of the parts could not begin or go on without.
  func run() async throws {
    // What comes while chatd starts is kept and heeded then: whoever read the ready line may send.
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    // Beside the opening of the database, which waits for the disk.
    async let manifests = ManifestLoader(folders: config.children).load()
    let folder = try DataFolder(config.data, environment: environment)
    defer { folder.leave() }
    let store = try open(folder)
    defer { close(store) }
    await finishImport(into: store)
    let web = WebConfiguration(
      host: config.host, port: config.port, wsPort: config.wsPort, assets: config.assets.path,
      allowedHosts: config.allowHosts)
    let hub = Hub()
    let journal = Journal(store: store, sink: hub)
    let model = try Model.make(config, environment: environment)
    let supervisor = Supervisor(
      supervision(folder), group: MultiThreadedEventLoopGroup(numberOfThreads: 2),
      records: journal, sink: hub, report: report("children"))
    let around = Surroundings(
      journal: journal, reader: store, children: supervisor, model: model, sink: hub,
      maxToolRounds: config.maxToolRounds, report: report("turns"))
    let conversations = Conversations(around: around)
    let server = WebServer(
      web, conversations: conversations, reader: store, children: supervisor,
      assistant: { model.assistant }, models: { try await model.models() }, hub: hub,
      logger: Logger(label: "web"))
    try await supervisor.start(
      await manifests, kept: try await store.children(), host: conversations)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: journalPart(journal)),
          .init(service: childrenPart(supervisor)),
          .init(service: server, failureTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: turnsPart(conversations)),
          .init(service: removalPart(Removal(around: around))),
        ], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await announce(server, folder) }
      tasks.addTask { await heed(signals, group, supervisor, folder) }
      let result: Result<Void, any Error>
      do { result = .success(try await group.run()) } catch { result = .failure(error) }
      tasks.cancelAll()
      try result.get()
    }
  }

  /// Says on standard output, and in the data folder, that both ports are served and where.
  private func announce(_ server: WebServer, _ folder: DataFolder) async throws {
    let addresses = try await server.addresses
    try folder.announce(http: addresses.http, ws: addresses.ws)
    var writer = JSONWriter()
    writer.object {
      $0.field("ready", true)
      $0.field("http", addresses.http)
      $0.field("ws", addresses.ws)
      $0.field("pid", Int64(getpid()))
    }
    FileHandle.standardOutput.write(Data(writer.bytes + [UInt8(ascii: "\n")]))
    logger.info("ready", metadata: ["http": "\(addresses.http)", "ws": "\(addresses.ws)"])
  }

  private func heed(
    _ signals: UnixSignalsSequence, _ group: ServiceGroup, _ supervisor: Supervisor,
    _ folder: DataFolder
  ) async {
    var isStopping = false
    for await signal in signals {
      switch signal {
      case .sighup:
        logger.info("reading the manifests again")
        await supervisor.reload()
      case _ where isStopping:
        logger.warning("stopping at once")
        await supervisor.stopWarden()
        folder.leave()
        exit(1)
      default:
        isStopping = true
        logger.info("stopping")
        await group.triggerGracefulShutdown()
      }
    }
  }

  private func supervision(_ folder: DataFolder) -> Supervisor.Configuration {
    let programs = Config.programFolder
    return Supervisor.Configuration(
      folders: config.children,
      wardenPath: programs.appendingPathComponent("chatd-warden").path,
      socketFolder: folder.sockets.path, logFolder: folder.logs.path,
      chatdFolder: programs.path, environment: environment,
      keepGroup: { [logger] group in
        do { try folder.keep(group: group) } catch {
          logger.error("the warden's cgroup \(group) was not noted: \(error)")
        }
      })
  }

  /// - Throws: `DataFolder.Refused`, naming the database.
  private func open(_ folder: DataFolder) throws -> SQLiteStore {
    do throws(ChatError) { return try SQLiteStore(path: folder.database.path) } catch {
      throw DataFolder.Refused(description: "\(error)\(DataFolder.want(of: folder.url))")
    }
  }

  /// Copies the write-ahead log into the database, so that the one file is all of it.
  private func close(_ store: SQLiteStore) {
    do { try store.close() } catch { logger.error("the database could not be closed: \(error)") }
  }

  /// Takes over what is left of an import that chatd ended in, before anybody sees half of it.
  private func finishImport(into store: SQLiteStore) async {
    do { try await ImportRun(store: store, reader: store).finishLeft() } catch {
      logger.error("an import is not all here: \(error)")
    }
  }

  private func report(_ part: String) -> @Sendable (String) -> Void {
    let logger = Logger(label: part)
    return { logger.warning("\($0)", metadata: ["part": "\(part)"]) }
  }
}
