/// Says whose requests are heard: those that name this host, from pages of this host or from no
/// page.
///
/// A page of another site can make a browser connect here. Its Origin gives it away; where it has
/// its own name resolve to this machine (DNS rebinding), the Host does.
struct Gatekeeper: Sendable {
  private let names: Set<String>

  /// Lets in loopback's names, `bound` unless it is a wildcard, and `allowed`.
  init(bound: String, allowed: [String] = []) {
    let wildcards: Set = ["0.0.0.0", "[::]"]
    let here = Set([Self.canonical(bound)]).subtracting(wildcards)
    names = here.union(allowed.map(Self.canonical)).union(["localhost", "[::1]"])
  }

  /// Why a request with these header fields is not heard; nil: it is.
  func refusal(hosts: [String], origins: [String]) -> String? {
    guard hosts.count == 1, let host = hosts.first else {
      return "the request needs exactly one Host, it has \(hosts.count)"
    }
    guard isAllowed(authority: host) else { return "this Host is not allowed" }
    guard origins.count <= 1 else { return "the request has \(origins.count) Origins" }
    guard origins.allSatisfy(isAllowed(origin:)) else { return "this Origin is not allowed" }
    return nil
  }

  private func isAllowed(origin: String) -> Bool {
    for scheme in ["http://", "https://"] where origin.lowercased().hasPrefix(scheme) {
      return isAllowed(authority: String(origin.dropFirst(scheme.count)))
    }
    return false
  }

  private func isAllowed(authority: String) -> Bool {
    guard let name = Self.name(of: authority) else { return false }
    return names.contains(name) || Self.isLoopback(name)
  }

  /// The name in `name[:port]`, in lower case; nil where it is not of that form.
  static func name(of authority: String) -> String? {
    let text = authority.lowercased()
    let name: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      (name, rest) = (text[...end], text[text.index(after: end)...])
    } else {
      let end = text.firstIndex(of: ":") ?? text.endIndex
      (name, rest) = (text[..<end], text[end...])
    }
    guard !name.isEmpty, rest.isEmpty || isPort(rest) else { return nil }
    return String(name)
  }

  private static func isPort(_ text: Substring) -> Bool {
    let digits = text.dropFirst()
    return text.first == ":" && !digits.isEmpty && digits.utf8.count <= 5
      && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Whether it is an address of 127.0.0.0/8 as a browser writes it.
  private static func isLoopback(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
  }

  /// A name as Host shows it: in lower case, an IPv6 address in brackets.
  private static func canonical(_ name: String) -> String {
    let text = name.lowercased()
    let isBareIPv6 = text.utf8.count { $0 == UInt8(ascii: ":") } > 1 && !text.hasPrefix("[")
    return isBareIPv6 ? "[\(text)]" : text
  }
}
