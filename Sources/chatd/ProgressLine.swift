import ChatStore
import Foundation
import Synchronization

/// What a command that takes long is about, on a line of the terminal that goes when it is done.
///
/// It is shown after a second, and only where somebody looks: standard error is a terminal.
final class ProgressLine: Sendable {
  private static let patience = Duration.seconds(1)
  private static let interval = Duration.milliseconds(200)

  private let latest = Mutex<StoreProgress?>(nil)

  /// Takes in how far it has come; returns at once.
  func show(_ progress: StoreProgress) { latest.withLock { $0 = progress } }

  /// Runs `body`, with the line beside it.
  func beside<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    guard isatty(STDERR_FILENO) == 1 else { return try await body() }
    // Cancelled and awaited when this is left.
    async let _: Void = write()
    return try await body()
  }

  private func write() async {
    let clock = ContinuousClock()
    do { try await clock.sleep(for: Self.patience) } catch { return }
    defer { Self.put("\r\u{1B}[K") }
    while !Task.isCancelled {
      if let text = latest.withLock({ $0?.text }) { Self.put("\r\u{1B}[K\(text)") }
      do { try await clock.sleep(for: Self.interval) } catch { return }
    }
  }

  private static func put(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension StoreProgress {
  /// In words, for people.
  fileprivate var text: String {
    let what =
      switch step {
      case .copying: "copying"
      case .structure: "looking through the file"
      case .entries: "looking through the entries"
      }
    return fraction.map { "\(what): \(Int($0 * 100)) %" } ?? "\(what) …"
  }
}
