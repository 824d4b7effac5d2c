import Testing

@testable import ChildProtocol

/// A child that does what a test says.
struct Puppet: ChatChild, Sendable {
  var beginning: @Sendable (ChildStart) throws -> Void = { _ in }
  var answering: @Sendable (ChildMessage, ChildSession) throws -> ChildReply? = { _, _ in nil }

  mutating func begin(_ start: ChildStart) throws { try beginning(start) }

  mutating func reply(to message: ChildMessage, in session: ChildSession) throws -> ChildReply? {
    try answering(message, session)
  }
}

/// Words that a child fails with.
struct Trouble: Error, CustomStringConvertible {
  let description: String
  init(_ words: String) { description = words }
}

/// Runs `child` against chatd's side of the session as `script` plays it; the connection closes
/// when that ends.
/// - Returns: why the session ended otherwise than well.
func endOfSession(
  of child: Puppet, _ script: @escaping @Sendable (ScriptedChatd.Connection) throws -> Void
) async throws -> ChildSessionError? {
  let chatd = try ScriptedChatd()
  async let ending = onOwnThread { () -> ChildSessionError? in
    do throws(ChildSessionError) {
      try ChildSession.run(child, connectingTo: chatd.path)
      return nil
    } catch {
      return error
    }
  }
  try await onOwnThread {
    let connection = try chatd.accept()
    try script(connection)
    connection.hangUp()
  }
  return try await ending
}

/// The same, where the test is about the end.
func expectEnd(
  of child: Puppet, _ ending: ChildSessionError?,
  _ script: @escaping @Sendable (ScriptedChatd.Connection) throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let actual = try await endOfSession(of: child, script)
  #expect(actual == ending, sourceLocation: sourceLocation)
}
