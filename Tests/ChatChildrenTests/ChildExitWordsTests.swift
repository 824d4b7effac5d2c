import ChatCore
import Testing

@testable import ChatChildren

@Suite struct ChildExitWordsTests {
  private func exit(
    _ cause: ChildExit.Cause, code: Int32? = nil, signal: String? = nil, reason: String? = nil
  ) -> ChildExit {
    ChildExit(
      cause: cause, code: code, signal: signal, reason: reason, at: Timestamp(milliseconds: 0),
      uptime: .milliseconds(2500))
  }

  @Test func `an end that the child chose says with what`() {
    #expect(exit(.exit, code: 0).words == "it exited with code 0 after 2.5 s")
    #expect(exit(.exit, code: 1).words == "it exited with code 1 after 2.5 s")
    #expect(exit(.signal, signal: "SIGSEGV").words == "it was ended by SIGSEGV after 2.5 s")
  }

  @Test func `a person needs no time and no signal`() {
    #expect(exit(.operator, code: 0).words == "it was stopped")
    #expect(exit(.operator, signal: "SIGKILL").words == "it was stopped")
  }

  @Test(arguments: ChildExit.Cause.allCases)
  func `every cause has words of its own`(cause: ChildExit.Cause) {
    let all = Set(ChildExit.Cause.allCases.map { exit($0, code: 1, signal: "SIGKILL").words })
    #expect(all.count == ChildExit.Cause.allCases.count)
    #expect(exit(cause).words.hasPrefix("it "))
    #expect(exit(cause, reason: "the reason").words.contains("the reason"))
    #expect(!exit(cause).words.contains("nil"))
  }

  @Test(arguments: [
    (0, "0 ms"), (1, "1 ms"), (80, "80 ms"), (999, "999 ms"), (1000, "1 s"), (1050, "1 s"),
    (1100, "1.1 s"), (2500, "2.5 s"), (2599, "2.5 s"), (10_000, "10 s"), (59_999, "59.9 s"),
    (60_000, "1 min"), (119_999, "1 min"), (3_599_999, "59 min"), (3_600_000, "1 h"),
    (90_000_000, "25 h"),
  ]) func `a duration is told as roughly as people need it`(ms: Int, words: String) {
    #expect(Duration.milliseconds(ms).words == words)
  }

  @Test func `less than a millisecond is none`() {
    #expect(Duration.microseconds(999).words == "0 ms")
  }
}
