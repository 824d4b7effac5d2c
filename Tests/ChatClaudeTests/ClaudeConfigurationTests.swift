import ChatCore
import Testing

@testable import ChatClaude

@Suite struct ClaudeConfigurationTests {
  private func post(
    _ baseURL: String = ClaudeConfiguration.defaultBaseURL,
    _ credential: ClaudeConfiguration.Credential = .apiKey("k")
  ) throws -> HTTPRequest {
    try ClaudeConfiguration(baseURL: baseURL, credential: credential).post(.sample)
  }

  private func headers(_ credential: ClaudeConfiguration.Credential) throws -> [String: String] {
    let headers = try post("http://localhost", credential).headers
    return Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
  }

  @Test(arguments: [
    ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
    ("http://localhost:11434/", "http://localhost:11434/v1/messages"),
    ("http://localhost:8080/v1", "http://localhost:8080/v1/messages"),
    ("http://localhost:8080/v1/", "http://localhost:8080/v1/messages"),
    ("https://gateway.example/claude//", "https://gateway.example/claude/v1/messages"),
    ("http://[::1]:8080", "http://[::1]:8080/v1/messages"),
  ]) func `The address of messages follows from the server's`(base: String, url: String) throws {
    #expect(try post(base).url == url)
  }

  @Test(arguments: ["", "localhost:11434", "ftp://a", "https://", "https://a?b=c", "not a URL"])
  func `What is no address of a server is refused`(base: String) {
    #expect(throws: ClaudeError.invalidBaseURL(base)) { try post(base) }
  }

  @Test func `A person knows the server by its host`() {
    func host(_ url: String) -> String { ClaudeConfiguration(baseURL: url, credential: .none).host }
    #expect(host("https://api.anthropic.com") == "api.anthropic.com")
    #expect(host("http://name:secret@localhost:11434/v1") == "localhost:11434")
    #expect(host("nonsense") == "nonsense")
  }

  @Test func `A key, a token, or nothing at all shows who asks`() throws {
    let key = try headers(.apiKey(" secret\r\n"))
    #expect(key["x-api-key"] == "secret")
    #expect(key["authorization"] == nil)
    #expect(key["anthropic-version"] == "2026-10-21")
    #expect(key["content-type"] == "application/json")
    let token = try headers(.bearer("secret\n"))
    #expect(token["authorization"] == "Bearer secret")
    #expect(token["x-api-key"] == nil)
    let none = try headers(.none)
    #expect(none["authorization"] == nil)
    #expect(none["x-api-key"] == nil)
  }

  @Test func `Without a key nothing is sent to the API itself`() {
    #expect(throws: ClaudeError.noKey) { try post(ClaudeConfiguration.defaultBaseURL, .none) }
    #expect(throws: ClaudeError.noKey) { try post("http://localhost", .apiKey(" \n")) }
  }

  @Test(arguments: [
    ("https://api.anthropic.com", true), ("https://API.Anthropic.com/v1/", true),
    ("http://eu.api.anthropic.com:443", true), ("http://localhost:11434", false),
    ("https://anthropic.com.test", false), ("https://notanthropic.com", false), ("", false),
  ]) func `The server that needs a key is known however it is written`(
    url: String, isAnthropic: Bool
  ) {
    let configuration = ClaudeConfiguration(baseURL: url, credential: .none)
    #expect(configuration.isAnthropic == isAnthropic)
    #expect(configuration.hasServer == !url.isEmpty)
    if isAnthropic {
      #expect(throws: ClaudeError.noKey) { try configuration.post(.sample) }
    }
  }

  @Test(arguments: ["a b", "a\r\nx-evil: 1", "a\u{0}b", "schlüssel", "a\tb"])
  func `A key that would not be one header is refused`(key: String) {
    #expect(throws: ClaudeError.invalidKey) { try post("http://localhost", .apiKey(key)) }
  }

  @Test(arguments: [
    ("http://192.0.2.1:8080", true), ("http://models.test", true), ("https://models.test", false),
    ("http://127.0.0.1:8080", false), ("http://localhost", false), ("http://[::1]", false),
  ]) func `A key that anybody on the way can read is noticed`(url: String, isExposed: Bool) {
    func exposes(_ credential: ClaudeConfiguration.Credential) -> Bool {
      ClaudeConfiguration(baseURL: url, credential: credential).exposesCredential
    }
    #expect(exposes(.apiKey("k")) == isExposed)
    #expect(exposes(.bearer("k")) == isExposed)
    #expect(!exposes(.none))
  }

  @Test(arguments: [
    ("http://127.0.0.1:11434", true), ("http://localhost:8080/v1", true),
    ("http://LOCALHOST", true),
    ("http://[::1]:8080", true), ("http://models.localhost", true), ("https://127.1.2.3", true),
    ("http://192.0.2.1", false), ("https://api.anthropic.com", false),
    ("http://127.0.0.1.test", false),
    ("http://localhost.test", false), ("nonsense", false),
  ]) func `This machine is never looked for behind the environment's proxy`(
    url: String, isLocal: Bool
  ) throws {
    var configuration = ClaudeConfiguration(baseURL: url, credential: .apiKey("k"))
    #expect(configuration.isLocal == isLocal)
    guard url != "nonsense" else { return }
    #expect(try configuration.post(.sample).proxy == (isLocal ? "" : nil))
    configuration.proxy = "http://proxy.test:3128"
    #expect(try configuration.post(.sample).proxy == "http://proxy.test:3128")
    configuration.proxy = ""
    #expect(try configuration.post(.sample).proxy == "")
  }

  @Test func `No description of a configuration shows the key`() {
    for credential in [ClaudeConfiguration.Credential.apiKey("s3cret"), .bearer("s3cret")] {
      let configuration = ClaudeConfiguration(credential: credential)
      var dumped = ""
      dump(configuration, to: &dumped)
      for text in ["\(configuration)", String(reflecting: configuration), dumped] {
        #expect(!text.contains("s3cret"))
      }
    }
  }
}
