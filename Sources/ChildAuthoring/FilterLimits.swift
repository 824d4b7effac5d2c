import ChildProtocol

/// The bounds of the filter adapter: what a program or chatd may make it hold.
enum FilterLimits {
  /// Programs at once, as many as `messages.max_in_flight` could sensibly be on one machine.
  static let programCount = 32
  /// Messages held, those that wait for their turn included.
  static let messageCount = 256
  /// The bytes of those messages: eight of the longest frame that chatd writes.
  static let messageByteCount = 8 * Frame.byteLimit
  /// What a program may write for one message: nothing longer fits a frame. One more is for the
  /// newline that is taken off.
  static let outputByteCount = Frame.fromChildByteLimit + 1
  /// Read at a time. Each byte may be a line and so a frame of its own: this is also what bounds
  /// how much one read can put on its way to chatd.
  static let chunkByteCount = 16 << 10
  /// On its way to chatd before programs' output waits in their pipes.
  static let outgoingByteCount = Frame.fromChildByteLimit
  /// On its way to the log before programs' errors wait in their pipes.
  static let logByteCount = 64 << 10
  /// A longer line of the log is broken.
  static let logLineByteCount = 8 << 10
  /// Kept of the last line of a program's errors: it becomes the reason that people see.
  static let reasonByteCount = 1000
  /// Processes of `--lines` in a row that end without an answer before the adapter does, too.
  static let fruitlessCount = 3
  /// How long the adapter's last words may take.
  static let farewellMS: Int32 = 1000
}

extension RPCFailure {
  /// The program failed. JSON-RPC leaves −32000 and below to servers.
  static func program(_ message: String) -> RPCFailure {
    RPCFailure(code: -32000, message: message)
  }
}
