import CCurl
import Testing

@testable import ChatClaude

@Suite struct TransferFailureTests {
  private func kind(_ code: CURLcode, isConnected: Bool = true) -> TransferFailure.Kind {
    TransferFailure(code, detail: "", isConnected: isConnected).kind
  }

  @Test func `libcurl's results are sorted by what a person can do`() {
    #expect(kind(CURLE_COULDNT_RESOLVE_HOST) == .unknownHost)
    #expect(kind(CURLE_COULDNT_RESOLVE_PROXY) == .unknownProxy)
    #expect(kind(CURLE_COULDNT_CONNECT) == .noConnection)
    #expect(kind(CURLE_SSL_CONNECT_ERROR) == .tls)
    #expect(kind(CURLE_PEER_FAILED_VERIFICATION) == .certificate)
    #expect(kind(CURLE_SSL_CACERT_BADFILE) == .certificateFile)
    #expect(kind(CURLE_WEIRD_SERVER_REPLY) == .notHTTP)
    #expect(kind(CURLE_URL_MALFORMAT) == .invalidURL)
    #expect(kind(CURLE_OUT_OF_MEMORY) == .exhausted)
    #expect(kind(CURLE_PROXY) == .proxyRefused)
    #expect(kind(CURLE_SSL_ENGINE_NOTFOUND) == .unsupported)
    for code in [CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM] {
      #expect(kind(code) == .broken)
    }
  }

  /// What libcurl can't give to chatd's requests, and so has no words of ours.
  private static let foreign: [ClosedRange<UInt32>] = [
    // FTP, SSH, LDAP, TFTP, RTSP and files, which CURLOPT_PROTOCOLS_STR leaves out.
    9...15, 17...17, 19...19, 21...21, 25...25, 30...31, 36...39, 67...74, 78...79, 84...88,
    // CURLOPT_FAILONERROR, a reader of bodies, ranges, forms, CURLOPT_FOLLOWLOCATION and
    // CURLOPT_MAXFILESIZE, none of which is set.
    22...22, 26...26, 33...34, 47...47, 63...63,
    // No callback of ours gives up.
    42...42,
    // Calls that chatd must not make.
    41...41, 43...43, 93...93,
  ]

  @Test func `No result of libcurl that a request can have is without words of its own`() {
    let named = (1..<UInt32(200)).map { CURLcode($0) }
      .filter { String(cString: curl_easy_strerror($0)) != "Unknown error" }
    #expect(named.count > 80, "libcurl names its results")
    for code in named {
      let isForeign = Self.foreign.contains { $0.contains(code.rawValue) }
      let words = String(cString: curl_easy_strerror(code))
      #expect((kind(code) == .other) == isForeign, "\(code.rawValue) \(words)")
      let failure = TransferFailure(code, detail: "", isConnected: true)
      let sentence = ClaudeError.network(failure).reason(host: "api.test", model: "")
      #expect(sentence.hasSuffix("."), "\(code.rawValue)")
      // What happened, and after a colon what to do.
      #expect(sentence.contains(": "), "\(code.rawValue) \(sentence)")
    }
  }

  @Test func `A proxy that does not open the way is told from a connection that broke`() {
    func refused(_ status: Int) -> TransferFailure {
      TransferFailure(CURLE_RECV_ERROR, detail: "no", isConnected: false, proxyStatus: status)
    }
    #expect(refused(407) == TransferFailure(.proxyRefused, "no", proxyStatus: 407))
    #expect(refused(302).kind == .proxyRefused)
    // The tunnel stood, and what went through it broke.
    #expect(refused(200).kind == .broken)
    #expect(refused(0).kind == .broken)
  }

  @Test(arguments: [
    (407, "user name and a password"), (403, "ask whoever runs it"), (502, "try again"),
    (503, "try again"), (400, "check proxy in [claude]"), (nil, "check proxy in [claude]"),
  ]) func `A proxy's refusal has its sentence`(status: Int?, words: String) {
    let failure = TransferFailure(.proxyRefused, "no", proxyStatus: status)
    let sentence = ClaudeError.network(failure).reason(host: "api.test", model: "")
    #expect(sentence.contains("The proxy") && sentence.contains(words))
  }

  @Test func `The two time limits of libcurl are told apart`() {
    #expect(kind(CURLE_OPERATION_TIMEDOUT, isConnected: true) == .totalTimeout)
    #expect(kind(CURLE_OPERATION_TIMEDOUT, isConnected: false) == .connectTimeout)
  }

  @Test func `libcurl's own words are kept, or made up where it has none`() {
    let said = TransferFailure(CURLE_RECV_ERROR, detail: "reset by peer", isConnected: true)
    #expect(said.detail == "reset by peer")
    let silent = TransferFailure(CURLE_GOT_NOTHING, detail: "", isConnected: true)
    #expect(!silent.detail.isEmpty)
  }
}
