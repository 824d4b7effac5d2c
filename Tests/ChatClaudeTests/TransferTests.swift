import CCurl
import Testing

@testable import ChatClaude

/// A transfer with the thread's side played by the test; nothing is sent.
@Suite struct TransferTests {
  private let inbox: CurlInbox
  private let transfer: Transfer

  init() {
    // There is no thread: what is said to it goes nowhere.
    inbox = CurlInbox(nil)
    transfer = Transfer(
      HTTPRequest(
        url: "", connectTimeout: .seconds(1), idleTimeout: .seconds(1), totalTimeout: .seconds(1)),
      inbox)
  }

  private func offer(_ count: Int) -> Bool {
    defer { transfer.handOver() }
    return Array(repeating: UInt8(7), count: count).withUnsafeBufferPointer { transfer.offer($0) }
  }

  @Test func `What came before a failure is read first`() async throws {
    transfer.receive(HTTPHead(status: 200))
    #expect(offer(3))
    transfer.finish(TransferFailure(.broken))
    #expect(try await transfer.next() == .head(HTTPHead(status: 200)))
    #expect(try await transfer.next() == .body([7, 7, 7]))
    await #expect(throws: TransferFailure(.broken)) { try await transfer.next() }
    await #expect(throws: TransferFailure(.broken)) { try await transfer.next() }
  }

  @Test func `Pieces that wait are joined`() async throws {
    #expect(offer(3) && offer(2))
    #expect(try await transfer.next() == .body([7, 7, 7, 7, 7]))
  }

  @Test func `Pieces that come in one turn wake a reader once, with all of them`() async throws {
    let (intake, transfer) = (Intake(), transfer)
    let reader = Task { try await transfer.next() }
    while !transfer.isAwaited { await Task.yield() }
    for byte in UInt8(1)...3 {
      #expect([byte].withUnsafeBufferPointer { transfer.offer($0) })
      intake.note(transfer, byteCount: 1)
    }
    #expect(transfer.isAwaited && intake.byteCount == 3)
    intake.handOver()
    #expect(try await reader.value == .body([1, 2, 3]))
    #expect(intake.byteCount == 0)
  }

  @Test func `What is full takes no more until it is read`() async throws {
    #expect(offer(Transfer.byteLimit))
    #expect(!offer(1))
    #expect(transfer.isPaused)
    _ = try await transfer.next()
    #expect(!transfer.isPaused)
    #expect(offer(1))
  }

  @Test func `One piece is always taken, however long`() {
    #expect(offer(Transfer.byteLimit * 2))
  }

  @Test func `A reader that waits is woken by whatever comes`() async throws {
    async let first = transfer.next()
    transfer.receive(HTTPHead(status: 404))
    #expect(try await first == .head(HTTPHead(status: 404)))
    async let second = transfer.next()
    #expect(offer(1))
    #expect(try await second == .body([7]))
    async let third = transfer.next()
    transfer.finish(nil)
    #expect(try await third == nil)
  }

  @Test func `A reader that has left hears nothing, and nothing is kept for it`() async throws {
    #expect(offer(Transfer.byteLimit))
    #expect(!offer(1))
    transfer.release()
    #expect(!transfer.isPaused)
    #expect(offer(Transfer.byteLimit) && offer(Transfer.byteLimit))
    #expect(try await transfer.next() == nil)
  }

  @Test func `The first end counts`() async throws {
    transfer.cancel()
    transfer.finish(TransferFailure(.broken))
    await #expect(throws: CancellationError.self) { try await transfer.next() }
  }

  @Test func `A cancelled reader is woken`() async {
    let transfer = transfer
    let reader = Task { try await transfer.next() }
    transfer.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
  }
}
