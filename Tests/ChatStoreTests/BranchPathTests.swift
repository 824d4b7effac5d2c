import ChatCore
import Testing

@testable import ChatStore

@Suite struct BranchPathTests {
  /// 1: 0…9; 2 forks from it after 4: 5…7; 3 forks from 2 after 5: 6…8.
  private static let branches: [Int64: Branch] = [
    1: Branch(parent: nil, fork: -1), 2: Branch(parent: 1, fork: 4), 3: Branch(parent: 2, fork: 5),
  ]

  private func ranges(_ branch: Int64, _ position: Int64, limit: Int?) throws -> [BranchRange] {
    try BranchPath.ranges(endingAt: Place(branch: branch, position: position), limit: limit) {
      try #require(Self.branches[$0])
    }
  }

  private func range(_ branch: Int64, _ positions: ClosedRange<Int64>) -> BranchRange {
    BranchRange(branch: branch, positions: positions)
  }

  @Test func `A path on one branch is one range`() throws {
    #expect(try ranges(1, 9, limit: nil) == [range(1, 0...9)])
    #expect(try ranges(1, 3, limit: nil) == [range(1, 0...3)])
  }

  @Test func `A path over branches is one range for each of them`() throws {
    #expect(try ranges(3, 8, limit: nil) == [range(1, 0...4), range(2, 5...5), range(3, 6...8)])
  }

  @Test func `A path that ends before a branch's first entry has no range of it`() throws {
    #expect(try ranges(3, 5, limit: nil) == [range(1, 0...4), range(2, 5...5)])
  }

  @Test(arguments: 0...12) func `A limit keeps the end of the path`(limit: Int) throws {
    let whole = try ranges(3, 8, limit: nil).flatMap { range in range.positions.map { $0 } }
    let stretch = try ranges(3, 8, limit: limit).flatMap { range in range.positions.map { $0 } }
    #expect(stretch == Array(whole.suffix(limit)))
  }

  @Test func `Any number is a limit`() throws {
    #expect(try ranges(1, 9, limit: .max) == [range(1, 0...9)])
    #expect(try ranges(1, 9, limit: 0).isEmpty)
    #expect(try ranges(1, 9, limit: .min).isEmpty)
    #expect(try ranges(1, -1, limit: nil).isEmpty)
  }

  @Test func `Only the branches that a stretch touches are looked up`() throws {
    var asked: [Int64] = []
    _ = try BranchPath.ranges(endingAt: Place(branch: 3, position: 8), limit: 3) {
      asked.append($0)
      return try #require(Self.branches[$0])
    }
    #expect(asked == [3])
  }

  @Test func `Branches that fork in a circle are an error, not a loop`() {
    #expect(throws: StoreError.self) {
      try BranchPath.ranges(endingAt: Place(branch: 1, position: 5), limit: nil) { id in
        Branch(parent: 3 - id, fork: 5)
      }
    }
  }
}
