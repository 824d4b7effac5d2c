import Testing

@testable import ChildAuthoring

@Suite struct RigTranscriptTests {
  private func transcript(rolls: Bool, _ count: Int) -> RigTranscript {
    var transcript = RigTranscript(rolls: rolls)
    for number in 0..<count { transcript.add(.note, "\(number)".utf8, at: .zero) }
    return transcript
  }

  private func numbers(_ entries: some Sequence<RigTranscript.Entry>) -> [Int?] {
    entries.map { Int($0.text) }
  }

  @Test(arguments: [false, true])
  func `up to the limit all is kept`(rolls: Bool) {
    let transcript = transcript(rolls: rolls, RigTranscript.entryLimit)
    #expect(numbers(transcript.entries) == Array(0..<RigTranscript.entryLimit))
    #expect((transcript.count, transcript.droppedCount) == (RigTranscript.entryLimit, 0))
    #expect(numbers(transcript.entries(after: 10)) == Array(10..<RigTranscript.entryLimit))
  }

  @Test func `of more the first are kept`() {
    let limit = RigTranscript.entryLimit
    let transcript = transcript(rolls: false, 3 * limit + 7)
    #expect(numbers(transcript.entries) == Array(0..<limit))
    #expect((transcript.count, transcript.droppedCount) == (3 * limit + 7, 2 * limit + 7))
    #expect(numbers(transcript.entries(after: limit - 2)) == [limit - 2, limit - 1])
    #expect(transcript.entries(after: 2 * limit).isEmpty)
  }

  @Test(arguments: [1, 999, 1000, 1001, 12_345])
  func `of more the newest are kept where it rolls`(more: Int) {
    let limit = RigTranscript.entryLimit
    let transcript = transcript(rolls: true, limit + more)
    #expect(transcript.count == limit + more)
    #expect((limit - limit / 4 + 1...limit).contains(transcript.entries.count))
    #expect(numbers(transcript.entries) == Array(transcript.droppedCount..<limit + more))
  }

  @Test func `what came after so many is that, whether or not all of it is kept`() {
    let count = 2 * RigTranscript.entryLimit + 100
    let transcript = transcript(rolls: true, count)
    #expect(numbers(transcript.entries(after: count - 3)) == [count - 3, count - 2, count - 1])
    #expect(transcript.entries(after: count).isEmpty)
    #expect(numbers(transcript.entries(after: 5)) == Array(transcript.droppedCount..<count))
  }
}
