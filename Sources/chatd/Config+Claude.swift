import ChatChildren
import ChatClaude
import ChatCore
import ChildProtocol
import Foundation

extension ClaudeConfiguration {
  /// Reads the table `[claude]` of chatd.toml: the server, the way to it, what its models cost.
  mutating func read(_ reader: inout TableReader, relativeTo folder: URL) {
    baseURL = reader.string(
      "base_url", baseURL, expected: "an address like \(Self.defaultBaseURL)"
    ) { ClaudeConfiguration(baseURL: $0, credential: .none).hasServer }
    version = reader.string("version", version, expected: "a date like \"2026-10-21\"") {
      !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
    readCertificateFile(&reader, relativeTo: folder)
    readProxy(&reader)
    connectTimeout = Self.time("connect_timeout_ms", connectTimeout, &reader)
    idleTimeout = Self.time("idle_timeout_ms", idleTimeout, &reader)
    totalTimeout = Self.time("total_timeout_ms", totalTimeout, &reader)
    let tokens = reader.int("context_tokens", 0, in: 0...100_000_000)
    contextTokens = tokens > 0 ? Int64(tokens) : nil
    prices = reader.table("prices") { table in
      var prices: [String: Prices] = [:]
      for model in table.keys { prices[model] = table.table(model) { Prices(&$0) } }
      return prices
    }
  }

  private mutating func readCertificateFile(_ reader: inout TableReader, relativeTo folder: URL) {
    let key = "ca_file"
    guard reader.has(key) else { return }
    let name = reader.string(key, "", expected: "a string that is not empty") { !$0.isEmpty }
    guard !name.isEmpty else { return }
    let path = URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isThere, !isFolder.boolValue, FileManager.default.isReadableFile(atPath: path) else {
      reader.complain(key, "expected a file of certificates that can be read, got \"\(name)\"")
      return
    }
    certificateFile = path
  }

  private mutating func readProxy(_ reader: inout TableReader) {
    guard let value = reader.value("proxy") else { return }
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
    let parts = value.string.flatMap { URLComponents(string: $0) }
    let isProxy = schemes.contains(parts?.scheme ?? "") && parts?.host?.isEmpty == false
    guard let text = value.string, text.isEmpty || isProxy else {
      // Not quoted: there may be a password in it.
      return reader.complain(
        "proxy", "expected an address like http://proxy:3128, or \"\" for none")
    }
    proxy = text
  }

  private static func time(
    _ key: String, _ fallback: Duration, _ reader: inout TableReader
  ) -> Duration {
    reader.milliseconds(key, Int(fallback / .milliseconds(1)))
  }
}

extension Prices {
  /// Reads what a model costs, all four prices.
  fileprivate init(_ reader: inout TableReader) {
    self.init(
      input: Self.price("input", &reader), output: Self.price("output", &reader),
      cacheRead: Self.price("cache_read", &reader), cacheWrite: Self.price("cache_write", &reader))
    if reader.has("above_tokens") {
      aboveTokens = Int64(reader.int("above_tokens", 1, in: 1...100_000_000))
    }
    aboveFactor = reader.double("above_factor", 1, in: 0...1000)
  }

  private static func price(_ key: String, _ reader: inout TableReader) -> Double {
    guard reader.has(key) else {
      reader.complain(key, "expected US dollars for a million tokens, and it is not there")
      return 0
    }
    return reader.double(key, 0, in: 0...1_000_000)
  }
}
