/// One request, with all that a transfer has to know.
struct HTTPRequest: Sendable {
  /// One header field.
  struct Header: Hashable, Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  var url: String
  var headers: [Header] = []
  /// What is posted; nil: a GET.
  var body: [UInt8]?
  /// A file of certificates to trust in place of the system's.
  var certificateFile: String?
  /// The proxy to go through; empty: none; nil: what `https_proxy`, `http_proxy`, `all_proxy` and
  /// `no_proxy` of the environment say.
  var proxy: String?
  /// Until a connection, with TLS, stands.
  var connectTimeout: Duration
  /// Without a byte either way; a time in which the reader takes nothing does not count.
  var idleTimeout: Duration
  /// From first to last.
  var totalTimeout: Duration
}

/// The head of a response.
struct HTTPHead: Hashable, Sendable {
  let status: Int
  /// By lower-case name; of several with one name the last.
  private let fields: [String: String]

  init(status: Int, fields: [String: String] = [:]) {
    self.status = status
    self.fields = fields
  }

  /// The value of a header field; `name` in lower case.
  subscript(name: String) -> String? { fields[name] }
}

extension HTTPHead {
  /// Gathers a head from its lines, as libcurl gives them one by one.
  struct Reader {
    /// More than any server sends; what is beyond is left out, so that a hostile one fills no
    /// memory.
    static let fieldLimit = 128

    private var status = 0
    private var fields: [String: String] = [:]

    /// Takes a line with its end.
    /// - Returns: the head, where this line is its end. Interim ones (RFC 9110 §15.2) and trailers
    ///   are passed over.
    mutating func read(_ line: String) -> HTTPHead? {
      let line = line.trimmingSuffix { $0.isNewline }
      if line.hasPrefix("HTTP/") {
        status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        fields = [:]
      } else if line.isEmpty {
        guard status >= 200 else { return nil }
        defer { status = 0 }
        return HTTPHead(status: status, fields: fields)
      } else if let colon = line.firstIndex(of: ":"), fields.count < Self.fieldLimit {
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        fields[line[..<colon].lowercased()] = String(value.trimmingSuffix { $0.isWhitespace })
      }
      return nil
    }
  }
}

extension StringProtocol where SubSequence == Substring {
  /// All but the characters at the end for which `isTrimmed` holds.
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, isTrimmed(self[index(before: end)]) { end = index(before: end) }
    return self[startIndex..<end]
  }
}
