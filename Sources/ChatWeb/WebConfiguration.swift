/// Where chatd listens, what it serves, and how much it takes from whoever connects.
package struct WebConfiguration: Sendable {
  /// The address both ports are bound to.
  package var host: String
  /// HTTP and WebSocket; 0: any free port.
  package var port: Int
  /// WebSocket alone; 0: any free port.
  package var wsPort: Int
  /// The folder of the web interface; nil: there is none.
  package var assets: String?
  /// Names that Host and Origin may bear besides loopback's and the bound address.
  package var allowedHosts: [String]
  package var limits: Limits

  /// What listens on `host`, with the contract's ports.
  package init(
    host: String = "127.0.0.1", port: Int = 8084, wsPort: Int = 8085, assets: String? = nil,
    allowedHosts: [String] = [], limits: Limits = Limits()
  ) {
    self.host = host
    self.port = port
    self.wsPort = wsPort
    self.assets = assets
    self.allowedHosts = allowedHosts
    self.limits = limits
  }

  /// Bounds on what comes from outside and on what waits to go there.
  package struct Limits: Sendable {
    /// Connections to each port; more wait in the kernel's queue.
    package var connectionCount = 8192
    /// A request's header, all fields together.
    package var headerBytes = 64 << 10
    package var headerCount = 100
    /// A request's body: the longest content with every character escaped, and room for the rest.
    package var bodyBytes = 4 << 20
    /// The body of an import, which is held in memory with what is read of it.
    package var importBytes = 64 << 20
    /// A WebSocket message from a client; a longer one ends the connection with 1009.
    package var messageBytes = 1 << 20
    /// From the connection's beginning to the end of its first header.
    package var headerTimeout = Duration.seconds(10)
    /// From the end of a header to the end of its body.
    package var bodyTimeout = Duration.seconds(60)
    /// Between two requests of a connection.
    package var idleTimeout = Duration.seconds(75)
    /// Between two pings of a WebSocket; one that is not heard of for two of them is given up.
    package var heartbeat = Duration.seconds(15)
    /// What waits for a watcher that reads slowly; one that has more waiting is cut off.
    package var watcherBytes = 1 << 20
    package var watcherEvents = 2_000
    /// What of one WebSocket client may be unanswered before it is no longer read from.
    package var unansweredCount = 256
    package var unansweredBytes = 4 << 20
    /// How long the other side has to answer a close frame; one that was cut off for being slow has
    /// `slowCloseTimeout`, since what it has not read stands before the close frame.
    package var closeTimeout = Duration.seconds(5)
    package var slowCloseTimeout = Duration.seconds(30)
    /// How long requests that run may go on once chatd is told to stop.
    package var shutdownTimeout = Duration.seconds(8)
    /// The most changes that `subscribe` replays; a client that missed more gets a snapshot.
    package var replayCount = 5_000
    /// What one answer to a WebSocket's command shows of a thread; it is held in memory, unlike an
    /// answer to HTTP.
    package var answerBytes = 32 << 20

    /// The defaults.
    package init() {}
  }
}
