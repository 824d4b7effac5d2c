import ChildProtocol
import Foundation
import FoundationNetworking
import TestSupport

/// The built binary, driven over HTTP alone.
struct RunningChatd {
  let program: Program
  let data: URL
  private let http: String

  /// Starts chatd over `data` with the children in `children`, on free ports.
  init(
    data: URL, children: [URL], assistant: String? = nil, environment: [String: String] = [:]
  ) throws {
    self.data = data
    var arguments = ["start", "--port", "0", "--ws-port", "0", "--data", data.path]
    arguments += ["--assets", Places.root.appendingPathComponent("assets").path]
    for folder in children { arguments += ["--children", folder.path] }
    if let assistant { arguments += ["--assistant", assistant] }
    program = try Program(
      Places.programs.appendingPathComponent("chatd").path, arguments, environment: environment)
    http = program.ready["http"]?.string ?? ""
  }

  func get(_ path: String) async throws -> JSON { try await send("GET", path).body }

  func post(_ path: String, _ body: JSON = [:]) async throws -> (status: Int, body: JSON) {
    try await send("POST", path, body)
  }

  func send(
    _ method: String, _ path: String, _ body: JSON? = nil
  ) async throws -> (status: Int, body: JSON) {
    guard let url = URL(string: http + path) else { throw URLError(.badURL) }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.setValue("application/json", forHTTPHeaderField: "content-type")
    if let body { request.httpBody = Data(body.bytes) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    return (status, (try? JSON(parsing: data)) ?? .null)
  }

  /// The thread once it holds `count` entries none of which is still being written.
  func thread(of count: Int) async throws -> [JSON] {
    var entries: [JSON] = []
    _ = await holds(within: .seconds(30)) {
      entries = (try? await get("/api/messages")["messages"]?.array) ?? []
      return entries.count >= count && entries.allSatisfy { $0["status"]?.string != "streaming" }
    }
    return entries
  }

  /// A child's status once it is as wanted.
  func child(_ name: String, where isWanted: (JSON) -> Bool) async -> JSON? {
    var found: JSON?
    _ = await holds(within: .seconds(30)) {
      let all = try? await get("/api/children")["children"]?.array
      found = all?.first { $0["actor_id"]?.string == name && isWanted($0) }
      return found != nil
    }
    return found
  }

  /// The process of a child that is ready, of a later generation than `generation`.
  func pid(of name: String, past generation: Int64 = 0) async -> Int32? {
    await child(name) {
      $0["state"]?.string == "ready" && ($0["generation"]?.int ?? 0) > generation
    }?["pid"]?.int.map(Int32.init)
  }

  /// The number that a child wrote to its log as `grandchild N`.
  func grandchild(of name: String) async -> Int32? {
    var pid: Int32?
    _ = await holds(within: .seconds(10)) {
      let lines = try? await get("/api/children/\(name)/logs?lines=100")["lines"]?.array
      pid = lines?.lazy.compactMap { $0["text"]?.string?.firstMatch(of: /grandchild (\d+)/) }
        .first.flatMap { Int32($0.1) }
      return pid != nil
    }
    return pid
  }
}
