import Testing

@testable import ChatWeb

struct GatekeeperTests {
  private let gatekeeper = Gatekeeper(bound: "192.168.1.5", allowed: ["Chat.example", "fd00::1"])

  @Test(arguments: [
    "localhost", "LOCALHOST", "localhost:8084", "127.0.0.1", "127.0.0.1:1", "127.8.9.255",
    "[::1]", "[::1]:8085", "192.168.1.5:8084", "chat.example", "CHAT.example:443", "[fd00::1]:80",
  ])
  func namesOfThisHostAreLetIn(_ host: String) {
    #expect(gatekeeper.refusal(hosts: [host], origins: []) == nil)
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: ["http://" + host]) == nil)
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: ["HTTPS://" + host]) == nil)
  }

  @Test(arguments: [
    "evil.example", "localhost.evil.example", "evillocalhost", "localhost.",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io", "128.0.0.1", "127.0.0", "127.0.0.1.1", "127.0.0.256", "127.0.0.01", "127.1",
    "2130706433", "0x7f000001", "0.0.0.0", "[::]", "::1", "[::1", "[::2]", "", ":8084",
    "localhost:", "localhost:x", "localhost:123456", "localhost:1:2", "user@localhost",
    "localhost/", "localhost,evil", "localhost evil", "[::1]evil", "192.168.1.6",
    "lo\u{0441}alhost",
  ])
  func otherNamesAreRefused(_ host: String) {
    #expect(gatekeeper.refusal(hosts: [host], origins: []) != nil)
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: ["http://" + host]) != nil)
  }

  @Test(arguments: [
    "null", "", "localhost", "file://", "file://localhost", "chrome-extension://localhost",
    "http:/localhost", "http://localhost/", "http://localhost http://localhost", "ws://localhost",
  ])
  func whatIsNoOriginOfAPageIsRefused(_ origin: String) {
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: [origin]) != nil)
  }

  @Test func thereIsExactlyOneHostAndAtMostOneOrigin() {
    let origin = "http://localhost"
    #expect(gatekeeper.refusal(hosts: [], origins: []) != nil)
    #expect(gatekeeper.refusal(hosts: ["localhost", "localhost"], origins: []) != nil)
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: [origin, origin]) != nil)
    #expect(gatekeeper.refusal(hosts: ["localhost"], origins: [origin]) == nil)
  }

  @Test func aWildcardAddressIsNobodysName() {
    for bound in ["0.0.0.0", "::"] {
      let gatekeeper = Gatekeeper(bound: bound)
      #expect(gatekeeper.refusal(hosts: ["0.0.0.0"], origins: []) != nil)
      #expect(gatekeeper.refusal(hosts: ["[::]"], origins: []) != nil)
      #expect(gatekeeper.refusal(hosts: ["localhost"], origins: []) == nil)
    }
  }
}
