import Testing

@testable import ChatCore

@Suite struct UUIDv7Tests {
  private static let moment = Timestamp(milliseconds: 1_795_341_600_123)

  @Test func `An identifier has the form of RFC 9562, version 7`() throws {
    let form = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    for _ in 0..<1000 {
      let id = EntryID.next(at: .now).text
      #expect(try form.wholeMatch(in: id) != nil, "\(id)")
    }
  }

  @Test func `An identifier begins with its time`() throws {
    let time = Timestamp.now
    let digits = UUIDv7.next(at: time).filter { $0 != "-" }.prefix(12)
    let milliseconds = try #require(Int64(digits, radix: 16))
    // Other tests may have been further ahead, and identifiers never go backwards in a process.
    #expect(milliseconds >= time.milliseconds)
    #expect(milliseconds < time.milliseconds + 100 * 365 * 86_400_000)
  }

  @Test func `Within a millisecond identifiers go up, also when its counter is full`() {
    let ids = (0..<10_000).map { _ in UUIDv7.next(at: Self.moment) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(Set(ids).count == ids.count)
  }

  @Test func `A clock that steps back does not take identifiers with it`() {
    let ids = [0, 5, 3, -100_000, 5, 4, 6, -1_795_341_600_123, -1_795_341_700_123, 6, 7].map {
      UUIDv7.next(at: Timestamp(milliseconds: Self.moment.milliseconds + $0))
    }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func `Over all tasks the order is that in which identifiers were made`() async {
    await withTaskGroup(of: [String].self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<2000).map { step in
            let jitter = Int64((step * 7 + task * 13) % 5)
            return UUIDv7.next(
              at: Timestamp(milliseconds: Self.moment.milliseconds + Int64(step / 10) - jitter))
          }
        }
      }
      var all: [String] = []
      for await ids in group {
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        all += ids
      }
      #expect(Set(all).count == 8 * 2000)
    }
  }
}
