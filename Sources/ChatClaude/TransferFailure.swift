import CCurl

/// Why a transfer did not come to its end, as the network has it.
struct TransferFailure: Error, Hashable, Sendable {
  /// What a person would have to look at.
  enum Kind: Sendable, CaseIterable {
    case unknownHost, unknownProxy, noConnection
    case connectTimeout, idleTimeout, totalTimeout
    case tls, certificate, certificateFile
    /// The connection ended in the middle.
    case broken
    case notHTTP, invalidURL
    /// The transport is gone.
    case closed
    case other
  }

  let kind: Kind
  /// libcurl's own words, or the limit that was passed.
  let detail: String

  init(_ kind: Kind, _ detail: String = "") {
    self.kind = kind
    self.detail = detail
  }

  /// The failure that a result of libcurl means (libcurl-errors(3)); `isConnected` tells the two
  /// time limits apart that it does not.
  init(_ code: CURLcode, detail: String, isConnected: Bool) {
    let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    self.init(Self.kind(of: code, isConnected: isConnected), words)
  }

  private static func kind(of code: CURLcode, isConnected: Bool) -> Kind {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: .unknownHost
    case CURLE_COULDNT_RESOLVE_PROXY: .unknownProxy
    case CURLE_COULDNT_CONNECT, CURLE_PROXY: .noConnection
    case CURLE_OPERATION_TIMEDOUT: isConnected ? .totalTimeout : .connectTimeout
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED: .tls
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      .certificate
    case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: .certificateFile
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
      CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING:
      .broken
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: .notHTTP
    case CURLE_URL_MALFORMAT: .invalidURL
    default: .other
    }
  }
}
