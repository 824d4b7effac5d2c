import TestSupport
import Testing

@testable import ChatCore

@Suite struct TimestampTests {
  /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can say.
  private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (-86_400_000, "1969-12-31T00:00:00.000Z"), (-86_400_001, "1969-12-30T23:59:59.999Z"),
    (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (951_868_800_000, "2000-03-01T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
    (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
    (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
    (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (1_795_341_600_123, "2026-11-22T10:00:00.123Z"),
    (-12_219_292_800_000, "1582-10-15T00:00:00.000Z"),
    (-12_219_292_800_001, "1582-10-14T23:59:59.999Z"),
    (range.lowerBound, "0000-01-01T00:00:00.000Z"),
    (range.upperBound, "9999-12-31T23:59:59.999Z"),
  ])
  func `A moment is written as RFC 3339 has it, and read back`(ms: Int64, text: String) {
    #expect(Timestamp(milliseconds: ms).description == text)
    #expect(Timestamp(text)?.milliseconds == ms)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `Every moment comes back from its text, and texts sort as moments do`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var moments = (0..<300).map { _ in
      Timestamp(milliseconds: .random(in: Self.range, using: &generator))
    }
    for moment in moments { #expect(Timestamp(moment.description) == moment) }
    moments.sort()
    #expect(moments.map(\.description) == moments.map(\.description).sorted())
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22T10:00:00.123", "2026-11-22 10:00:00.123Z",
    "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z",
    "2026-11-31T00:00:00.000Z", "2026-11-00T00:00:00.000Z", "2026-11-22T24:00:00.000Z",
    "2026-11-22T10:60:00.000Z", "2026-11-22T10:00:61.000Z", "x2026-11-22T10:00:00.123Z",
    "2026-11-22T10:00:00.123Zx", "+026-11-22T10:00:00.123Z", "2026-11-22T10:00:00.1é3Z",
    "٢026-11-22T10:00:00.123Z",
  ])
  func `What is no such text is no moment`(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func `A moment moves by whole milliseconds`() {
    let moment = Timestamp(milliseconds: 1000)
    #expect(moment.advanced(by: .microseconds(2999)).milliseconds == 1002)
    #expect(moment.advanced(by: .seconds(-2)).milliseconds == -1000)
    #expect(moment < moment.advanced(by: .milliseconds(1)))
    #expect(Duration.microseconds(2500).milliseconds == 2.5)
    #expect(Duration.microseconds(2500).wholeMilliseconds == 2)
  }

  @Test func `The wall clock goes on`() {
    let before = Timestamp.now
    #expect(before <= .now)
    #expect(before.milliseconds > 1_700_000_000_000)
  }
}
