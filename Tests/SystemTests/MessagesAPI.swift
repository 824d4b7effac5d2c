import ChildProtocol
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// The Messages API server of the tests, and a look into it.
struct MessagesAPI {
  private let program: Program
  private let url: String

  /// A server with options of its own, as `--no-key`.
  init(_ options: String...) throws {
    let script = Places.root.appendingPathComponent("Tests/Support/messages_api.py")
    program = try Program("python3", ["-B", script.path, "--port", "0"] + options)
    url = try #require(program.ready["url"]?.string)
  }

  /// Where it is.
  var address: String { url }

  /// The address of a proxy in front of it, by what it does, as `--proxy` named it.
  func proxy(_ behaviour: String) -> String? { program.ready["proxies"]?[behaviour]?.string }

  /// What was asked of it.
  func requests() async throws -> [JSON] {
    let address = try #require(URL(string: url + "/_requests?containing="))
    let (data, _) = try await URLSession.shared.data(from: address)
    return try JSON(parsing: data)["requests"]?.array ?? []
  }

  /// What turns chatd's assistant on and sends it here.
  var environment: [String: String] {
    ["ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "test-key"]
  }

  /// Says how the next requests are answered, by the names of the server's scenarios.
  func play(_ scenarios: [String]) async throws {
    try await order("/_script", ["scenarios": .array(scenarios.map { .string($0) })])
  }

  /// Lets a stream go on that waits.
  func release(_ key: String) async throws { try await order("/_release", ["key": .string(key)]) }

  private func order(_ path: String, _ body: JSON) async throws {
    var request = URLRequest(url: try #require(URL(string: url + path)))
    request.httpMethod = "POST"
    request.httpBody = Data(body.bytes)
    _ = try await URLSession.shared.data(for: request)
  }
}
