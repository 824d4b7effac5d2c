import CCurl
import Foundation

/// What a server's answer says of trying again.
struct RetryAdvice: Hashable, Sendable {
  /// The longest wait that the official clients know, about 50 days: a bound on a hostile number.
  static let delayLimit = Duration.seconds(4_294_967)

  /// `x-should-retry`, where it is there.
  var shouldRetry: Bool?
  /// How long to wait, where that was said.
  var delay: Duration?

  init(shouldRetry: Bool? = nil, delay: Duration? = nil) {
    self.shouldRetry = shouldRetry
    self.delay = delay
  }

  /// Reads the header fields as the official clients do: milliseconds count before seconds, seconds
  /// may have a fraction or be a date (RFC 9110 §10.2.3), and what is not later than `now` counts
  /// as nothing.
  init(_ head: HTTPHead, now: Date) {
    switch head["x-should-retry"] {
    case "true": shouldRetry = true
    case "false": shouldRetry = false
    default: break
    }
    delay =
      Self.delay(head["retry-after-ms"].flatMap(Double.init), unit: 0.001)
      ?? Self.delay(head["retry-after"].flatMap { Self.seconds($0, now) }, unit: 1)
  }

  private static func delay(_ count: Double?, unit: Double) -> Duration? {
    guard let count, count > 0 else { return nil }
    let limit = Double(delayLimit.components.seconds)
    return .seconds(min(count * unit, limit))
  }

  private static func seconds(_ text: String, _ now: Date) -> Double? {
    if let number = Double(text) { return number }
    let moment = curl_getdate(text, nil)
    return moment < 0 ? nil : Double(moment) - now.timeIntervalSince1970
  }
}
