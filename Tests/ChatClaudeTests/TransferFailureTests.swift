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
    #expect(kind(CURLE_OUT_OF_MEMORY) == .other)
    for code in [CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM] {
      #expect(kind(code) == .broken)
    }
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
