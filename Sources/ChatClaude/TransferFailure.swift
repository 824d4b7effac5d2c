import CCurl

/// Why a transfer did not come to its end, as the network has it.
struct TransferFailure: Error, Hashable, Sendable {
  /// What a person would have to look at.
  enum Kind: Sendable, CaseIterable {
    case unknownHost, unknownProxy, noConnection
    /// A proxy is there, and does not let the request through.
    case proxyRefused
    case connectTimeout, idleTimeout, totalTimeout
    case tls, certificate, certificateFile
    /// The connection ended in the middle.
    case broken
    case notHTTP, invalidURL
    /// This computer's libcurl lacks something.
    case unsupported
    /// This computer lacks memory, or room for one more connection.
    case exhausted
    /// The transport is gone.
    case closed
    case other
  }

  let kind: Kind
  /// libcurl's own words, or the limit that was passed.
  let detail: String
  /// The status with which a proxy refused, where it gave one.
  let proxyStatus: Int?

  init(_ kind: Kind, _ detail: String = "", proxyStatus: Int? = nil) {
    self.kind = kind
    self.detail = detail
    self.proxyStatus = proxyStatus
  }

  /// The failure that a result of libcurl means (libcurl-errors(3)).
  /// - Parameters:
  ///   - isConnected: tells the two time limits apart that libcurl does not.
  ///   - proxyStatus: what a proxy answered to CONNECT; 0: nothing. libcurl calls its refusal a
  ///     failure to receive.
  init(_ code: CURLcode, detail: String, isConnected: Bool, proxyStatus: Int = 0) {
    let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    if code == CURLE_RECV_ERROR, proxyStatus >= 300 {
      self.init(.proxyRefused, words, proxyStatus: proxyStatus)
    } else {
      self.init(Self.kind(of: code, isConnected: isConnected), words)
    }
  }

  private static func kind(of code: CURLcode, isConnected: Bool) -> Kind {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: isConnected ? .totalTimeout : .connectTimeout
    default: kinds[code.rawValue] ?? .other
    }
  }

  /// What is left out comes of protocols and options that chatd does not use, or of a fault of its
  /// own.
  private static let kinds: [UInt32: Kind] = {
    let codes: [Kind: [CURLcode]] = [
      .unknownHost: [CURLE_COULDNT_RESOLVE_HOST],
      .unknownProxy: [CURLE_COULDNT_RESOLVE_PROXY],
      .noConnection: [CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_QUIC_CONNECT_ERROR],
      // The handshake with a SOCKS proxy; an authentication that a proxy wants.
      .proxyRefused: [CURLE_PROXY, CURLE_AUTH_ERROR],
      .tls: [
        CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED,
        CURLE_SSL_CLIENTCERT,
      ],
      .certificate: [
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
        CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      ],
      .certificateFile: [CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CRL_BADFILE],
      .broken: [
        CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
        CURLE_HTTP2_STREAM, CURLE_HTTP3, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR,
        CURLE_SEND_FAIL_REWIND, CURLE_AGAIN,
      ],
      .notHTTP: [CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL],
      .invalidURL: [CURLE_URL_MALFORMAT],
      .unsupported: [
        CURLE_FAILED_INIT, CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION, CURLE_SETOPT_OPTION_SYNTAX,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
      ],
      .exhausted: [CURLE_OUT_OF_MEMORY, CURLE_NO_CONNECTION_AVAILABLE, CURLE_UNRECOVERABLE_POLL],
    ]
    return codes.reduce(into: [:]) { kinds, entry in
      for code in entry.value { kinds[code.rawValue] = entry.key }
    }
  }()
}
