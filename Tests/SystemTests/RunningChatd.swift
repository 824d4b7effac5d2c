import ChildProtocol
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// The built binary, as it runs; with the test it ends, and what it left goes.
final class RunningChatd: Sendable {
  private let program: Program
  private let folder: TemporaryFolder
  private let http: String
  private let ws: String
  /// Where it keeps the children's sockets, which is outside the test's folder.
  private let sockets: String?

  /// Starts chatd on free ports with its data in `folder`, the children in `children` and what it
  /// writes to standard error in the file `errors` there.
  /// - Parameter options: more of them.
  convenience init(
    in folder: TemporaryFolder, children: [URL] = [], assistant: String = "off",
    options: [String] = [], environment: [String: String] = [:]
  ) throws {
    var arguments = ["--port", "0", "--ws-port", "0", "--data", folder.data.path]
    arguments += ["--assets", Places.root.appendingPathComponent("assets").path]
    // Without one it would take those that lie about where the tests run.
    let folders = children.isEmpty ? [folder.url.appendingPathComponent("no-children")] : children
    for folder in folders { arguments += ["--children", folder.path] }
    arguments += ["--assistant", assistant]
    try self.init(arguments + options, in: folder, environment: environment)
  }

  /// Starts chatd in `folder` with these options alone.
  init(
    _ options: [String], in folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws {
    self.folder = folder
    program = try Program(
      Self.path, ["start"] + options, environment: environment, folder: folder.url,
      errors: folder.errors)
    http = program.ready["http"]?.string ?? ""
    ws = program.ready["ws"]?.string ?? ""
    sockets = try? JSON(parsing: Data(contentsOf: folder.card))["sockets"]?.string
    guard program.ready == .null else { return }
    let reason = (try? String(contentsOf: folder.errors, encoding: .utf8)) ?? ""
    throw NotReady(exitCode: program.exitCode(), reason: reason)
  }

  deinit {
    program.kill()
    if let sockets { try? FileManager.default.removeItem(atPath: sockets) }
  }

  /// It ended instead.
  struct NotReady: Error {
    let exitCode: Int32
    let reason: String
  }

  /// Its ready line.
  var ready: JSON { program.ready }
  /// Its process.
  var pid: Int32 { program.pid }
  /// The port that has the page, the interface and WebSockets.
  var port: Int? { URL(string: http)?.port }

  /// Sends a signal.
  func send(_ signal: Int32) { program.send(signal) }

  /// Sends a signal and waits for the end.
  /// - Returns: the exit code, or 128 and the signal.
  func end(_ signal: Int32) -> Int32 { program.end(signal) }

  /// Waits for the end.
  /// - Returns: the exit code, or 128 and the signal.
  func exitCode() -> Int32 { program.exitCode() }

  /// What it wrote to standard output behind its ready line, once it has ended.
  func restOfOutput() -> String { program.restOfOutput() }

  /// The built program.
  static let path = Places.programs.appendingPathComponent("chatd").path

  /// Runs one of its commands to the end, in `folder` and without a home of anybody's.
  static func run(
    _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> Execution {
    try Execution(
      path, arguments, environment: ["HOME": folder.url.path].merging(environment) { $1 },
      folder: folder.url)
  }

  func get(_ path: String) async throws -> JSON { try await send("GET", path).body }

  func post(_ path: String, _ body: JSON = [:]) async throws -> (status: Int, body: JSON) {
    try await send("POST", path, body)
  }

  func send(
    _ method: String, _ path: String, _ body: JSON? = nil
  ) async throws -> (status: Int, body: JSON) {
    let url = try #require(URL(string: http + path))
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.setValue("application/json", forHTTPHeaderField: "content-type")
    if let body { request.httpBody = Data(body.bytes) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    return (status, (try? JSON(parsing: data)) ?? .null)
  }

  /// Somebody who watches and speaks over a WebSocket, on the port that is for them alone.
  func join() async throws -> Participant {
    let port = try #require(URL(string: ws)?.port)
    return try await Participant(of: self, port: port)
  }
}
