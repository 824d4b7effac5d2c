import CCurl
import Foundation

/// What libcurl's thread sleeps on: the sockets that libcurl names, and a bell for other threads.
///
/// epoll tells which sockets have something, however many there are; with `curl_multi_poll` the
/// kernel would look at all of them each time.
final class SocketPoll: Sendable {
  /// As many sockets as are dealt with at once; the others come next.
  private static let eventLimit = 64

  private let epoll: Int32
  private let bell: Int32

  /// Sleeping on nothing but the bell; nil where the system has no descriptors or memory left.
  init?() {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard epoll >= 0, bell >= 0, control(EPOLL_CTL_ADD, bell, EPOLLIN.rawValue) else { return nil }
  }

  deinit {
    // Negative where it could not be made; there it does nothing.
    _ = close(epoll)
    _ = close(bell)
  }

  /// Wakes the thread, from any other; rung before it sleeps, the bell is remembered.
  func ring() { eventfd_write(bell, 1) }

  /// Looks at a socket from now on as libcurl wants it: a CURL_POLL_ value.
  /// - Returns: false where the system has no room for it.
  func watch(_ socket: curl_socket_t, _ what: Int32) -> Bool {
    if what == CURL_POLL_REMOVE {
      // libcurl has closed some by now: these are forgotten by themselves.
      _ = control(EPOLL_CTL_DEL, socket, 0)
      return true
    }
    var events: UInt32 = 0
    if what & CURL_POLL_IN != 0 { events |= EPOLLIN.rawValue }
    if what & CURL_POLL_OUT != 0 { events |= EPOLLOUT.rawValue }
    return control(EPOLL_CTL_MOD, socket, events) || control(EPOLL_CTL_ADD, socket, events)
  }

  /// Sleeps until a socket is ready, the bell is rung, or `milliseconds` are over (negative: never),
  /// and then tells the sockets with what each is ready for: CURL_CSELECT_ values.
  func wait(_ milliseconds: Int32, _ ready: (curl_socket_t, Int32) -> Void) {
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventLimit) { events in
      // Negative where a signal came between: then there is nothing.
      let count = epoll_wait(
        epoll, events.baseAddress, Int32(Self.eventLimit), milliseconds)
      for event in events.prefix(Int(max(count, 0))) {
        guard event.data.fd != bell else {
          silence()
          continue
        }
        // Reading tells what is wrong with a socket, where something is.
        let reads = event.events & ~EPOLLOUT.rawValue != 0 ? CURL_CSELECT_IN : 0
        let writes = event.events & EPOLLOUT.rawValue != 0 ? CURL_CSELECT_OUT : 0
        ready(event.data.fd, reads | writes)
      }
    }
  }

  /// Sleeps until the bell is rung or `milliseconds` are over, whatever becomes of the sockets.
  func waitForBell(_ milliseconds: Int32) {
    var bell = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
    if poll(&bell, 1, milliseconds) > 0 { silence() }
  }

  private func silence() {
    var count = eventfd_t()
    eventfd_read(bell, &count)
  }

  private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32) -> Bool {
    var event = epoll_event(events: events, data: epoll_data_t(fd: descriptor))
    return epoll_ctl(epoll, operation, descriptor, &event) == 0
  }
}
