import Foundation
import Testing

@testable import ChatClaude

@Suite struct RetryAdviceTests {
  /// The moment of the official clients' own table.
  private let now = Date(timeIntervalSince1970: 1_696_004_797)

  private func advice(_ fields: [String: String]) -> RetryAdvice {
    RetryAdvice(HTTPHead(status: 429, fields: fields), now: now)
  }

  @Test(arguments: [
    ("20", 20.0), ("0.5", 0.5), ("60", 60), ("61", 61), ("0", nil), ("-10", nil), ("", nil),
    ("soon", nil), ("nan", nil), ("Fri, 29 Sep 2023 16:26:57 GMT", 20),
    ("Fri, 29 Sep 2023 16:27:38 GMT", 61), ("Fri, 29 Sep 2023 16:26:27 GMT", nil),
    ("Zun, 29 Sep 2023 16:26:57 GMT", nil), ("99999999999999999999", 4_294_967),
    ("inf", 4_294_967),
  ]) func `Seconds are a number or a date, and count if they lie ahead`(
    text: String, seconds: Double?
  ) {
    #expect(advice(["retry-after": text]).delay == seconds.map { .seconds($0) })
  }

  @Test func `Milliseconds come first`() {
    #expect(
      advice(["retry-after-ms": "1500", "retry-after": "20"]).delay == .milliseconds(1500))
    #expect(advice(["retry-after-ms": "12.5"]).delay == .microseconds(12_500))
    #expect(advice(["retry-after-ms": "x", "retry-after": "20"]).delay == .seconds(20))
    #expect(advice(["retry-after-ms": "-1"]).delay == nil)
  }

  @Test func `The server's plain word is taken as it is`() {
    #expect(advice([:]) == RetryAdvice())
    #expect(advice(["x-should-retry": "true"]).shouldRetry == true)
    #expect(advice(["x-should-retry": "false"]).shouldRetry == false)
    #expect(advice(["x-should-retry": "perhaps"]).shouldRetry == nil)
  }
}
