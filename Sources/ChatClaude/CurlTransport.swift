import CCurl
import Foundation

/// HTTP through libcurl: one multi handle on one thread of its own, however many transfers there
/// are.
///
/// A thread, since libcurl's calls block and must stay off the cooperative pool; one, since a multi
/// handle belongs to one. It sleeps while nothing happens, and ends with the transport.
final class CurlTransport: Sendable {
  /// libcurl could not be set up.
  struct Unavailable: Error, Hashable, CustomStringConvertible {
    let description: String
  }

  private let inbox: CurlInbox
  /// How often its thread has woken, for the tests.
  let turns = CurlLoop.Turns()

  /// Starts the thread.
  /// - Throws: `Unavailable`.
  init() throws {
    // Once in a process, before any other call (curl_global_init(3)).
    guard Self.setUp == CURLE_OK, let multi = curl_multi_init() else {
      throw Unavailable(
        description: "libcurl can't be set up: \(String(cString: curl_easy_strerror(Self.setUp)))")
    }
    guard let poll = SocketPoll() else {
      curl_multi_cleanup(multi)
      throw Unavailable(description: "libcurl can't be set up: no descriptors or memory left")
    }
    let inbox = CurlInbox(poll)
    self.inbox = inbox
    let turns = turns
    let address = UInt(bitPattern: multi)
    let thread = Thread {
      // From here on the handle is this thread's alone; a number crosses over, since raw pointers
      // are not Sendable.
      guard let multi = UnsafeMutableRawPointer(bitPattern: address) else { return }
      CurlLoop(multi: multi, poll: poll, inbox: inbox, turns: turns).run()
    }
    thread.name = "chatd-curl"
    thread.start()
  }

  deinit { inbox.send(.stop) }

  /// Begins a request. Whoever gets the transfer reads it to its end, or calls `cancel` or
  /// `release`.
  func open(_ request: HTTPRequest) -> Transfer {
    let transfer = Transfer(request, inbox)
    inbox.send(.open(transfer))
    return transfer
  }

  private static let setUp = ccurl_global_init()
}
