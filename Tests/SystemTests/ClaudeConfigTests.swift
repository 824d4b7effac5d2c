import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// The table `[claude]`, credentials, and servers that need none.
  @Suite struct ClaudeConfigTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func check(_ table: String) throws -> Execution {
      try folder.file("chatd.toml", table)
      return try RunningChatd.run(
        ["check", "--children", "none", "--no-database"], in: folder, environment: [:])
    }

    private func answer(
      _ claude: MessagesAPI, file: String = "", options: [String] = [],
      environment: [String: String] = [:]
    ) async throws -> JSON {
      try folder.file("chatd.toml", file)
      let chatd = try RunningChatd(
        options + [
          "--data", folder.data.path, "--children", "none", "--port", "0", "--ws-port", "0",
        ],
        in: folder, environment: environment)
      let person = try await chatd.join()
      let message = try await person.say("hello")
      return try await person.answer(to: message) { $0["status"] != "streaming" }
    }

    @Test func `a table with every key is good`() throws {
      try folder.file("own/ca.pem", "a certificate")
      let result = try check(
        """
        max_tool_rounds = 0
        [claude]
        base_url = "http://127.0.0.1:11434"
        version = "2023-06-01"
        ca_file = "own/ca.pem"
        proxy = "http://name:word@proxy.test:3128"
        connect_timeout_ms = 1
        idle_timeout_ms = 86400000
        total_timeout_ms = 600000
        context_tokens = 32768
        [claude.prices."claude-opus-5-5"]
        input = 4.0
        output = 20
        cache_read = 0.4
        cache_write = 5.0
        above_tokens = 100000
        above_factor = 5.0
        """)
      #expect(result.errors == "")
      #expect(result.exitCode == 0)
    }

    @Test(arguments: [
      ("base_url = \"localhost:11434\"", "base_url: expected an address like https://"),
      ("base_url = 7", "base_url: expected an address like https://"),
      ("version = \"\"", "version: expected a date like"),
      ("version = \"a\\nb\"", "version: expected a date like"),
      ("ca_file = \"none.pem\"", "ca_file: expected a file of certificates that can be read"),
      ("ca_file = \".\"", "ca_file: expected a file of certificates that can be read"),
      ("proxy = \"proxy:3128\"", "proxy: expected an address like http://proxy:3128"),
      ("proxy = \"ftp://secret@a\"", "proxy: expected an address like http://proxy:3128"),
      ("proxy = false", "proxy: expected an address like http://proxy:3128"),
      ("connect_timeout_ms = 0", "connect_timeout_ms: expected a whole number from 1 to 86400000"),
      ("idle_timeout_ms = 1.5", "idle_timeout_ms: expected a whole number"),
      ("total_timeout_ms = \"1\"", "total_timeout_ms: expected a whole number"),
      ("context_tokens = -1", "context_tokens: expected a whole number from 0"),
      ("contex_tokens = 1", "contex_tokens: unknown key; did you mean \"context_tokens\"?"),
      ("api_key = \"k\"", "api_key: unknown key"),
      ("prices = 4", "prices: expected a table"),
    ]) func `a bad value is told with file, line and key`(line: String, words: String) throws {
      let result = try check("assistant = \"off\"\n[claude]\n\(line)\n")
      #expect(result.exitCode == 78)
      #expect(result.errors.hasPrefix("chatd: \(folder.url.path)/chatd.toml:3: claude.\(words)"))
      #expect(!result.errors.contains("secret"))
    }

    @Test(arguments: [
      ("input = 1\noutput = 1\ncache_read = 1", "cache_write: expected US dollars", 1),
      ("input = -1\noutput = 1\ncache_read = 1\ncache_write = 1", "input: expected a number", 2),
      (
        "input = 1\noutput = 1\ncache_read = 1\ncache_write = 1\nabove_tokens = 0",
        "above_tokens: expected a whole number", 6
      ),
    ]) func `a price that is missing or none is told`(
      lines: String, words: String, line: Int
    ) throws {
      #expect(try check("max_tool_rounds = 101\n").errors.contains(":1: max_tool_rounds: expected"))
      let result = try check("[claude.prices.m]\n\(lines)\n")
      #expect(result.exitCode == 78)
      let place = "chatd: \(folder.url.path)/chatd.toml:\(line): claude.prices.m."
      #expect(result.errors.hasPrefix(place + words), "\(result.errors)")
    }

    @Test func `a server of one's own needs no key, even where the environment names a proxy`()
      async throws
    {
      let claude = try MessagesAPI("--no-key")
      // Nobody listens there.
      let proxy = ["http_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"]
      let file = "[claude]\nbase_url = \"\(claude.address)\"\n"
      let answer = try await answer(claude, file: file, environment: proxy)
      #expect(answer["status"] == "complete", "\(answer.text)")
      let asked = try await claude.requests().last { $0["path"] == "/v1/messages" }
      #expect(asked?["headers"]?["x-api-key"] == nil)
      #expect(asked?["headers"]?["authorization"] == nil)
    }

    @Test(arguments: [(false, "complete"), (true, "failed")])
    func `a proxy of the environment is gone through, but for what it excepts`(
      isExcepted: Bool, status: String
    ) async throws {
      let claude = try MessagesAPI("--no-key", "--proxy", "open")
      // A name that only a proxy can resolve.
      let address = claude.address.replacing("127.0.0.1", with: "messages.test")
      var environment = ["http_proxy": try #require(claude.proxy("open"))]
      environment["no_proxy"] = isExcepted ? "messages.test" : "other.test"
      let answer = try await answer(
        claude, file: "[claude]\nbase_url = \"\(address)\"\n", environment: environment)
      #expect(answer["status"]?.string == status, "\(answer.text)")
    }

    @Test func `the environment's address outranks the file's, and a token is a credential`()
      async throws
    {
      let claude = try MessagesAPI()
      let answer = try await answer(
        claude, file: "[claude]\nbase_url = \"http://127.0.0.1:1\"\nversion = \"2023-06-01\"\n",
        environment: ["ANTHROPIC_BASE_URL": claude.address, "ANTHROPIC_AUTH_TOKEN": "test-key"])
      #expect(answer["status"] == "complete", "\(answer.text)")
      let headers = try await claude.requests().last { $0["path"] == "/v1/messages" }?["headers"]
      #expect(headers?["authorization"] == "present" && headers?["x-api-key"] == nil)
      #expect(headers?["anthropic-version"] == "2023-06-01")
    }

    @Test func `an answer has its cost where its model has a price`() async throws {
      let claude = try MessagesAPI()
      let prices = "input = 1\ncache_read = 10\ncache_write = 100\noutput = 1000\n"
      let answer = try await answer(
        claude, file: "model = \"claude-opus-5-5\"\n[claude.prices.claude-opus-5-5]\n" + prices,
        environment: claude.environment)
      let usage = try #require(answer["usage"])
      let kinds = ["input", "cache_read_input", "cache_creation_input", "output"]
      let counts = kinds.compactMap { usage["\($0)_tokens"]?.int }
      #expect(counts.count == 4 && counts[1...2].contains { $0 > 0 } && counts[3] > 0)
      let costs = zip([1, 10, 100, 1000], counts).map { $0 * $1 }
      #expect(usage["cost_micro_usd"]?.int == costs.reduce(0, +))
    }
  }
}
