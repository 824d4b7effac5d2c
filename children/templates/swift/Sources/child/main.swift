// {{title}}: a child of chatd. Your own code goes into `reply`.
//
// ChildProtocol, copied from chatd into the folder beside this one, speaks the protocol: it answers
// pings and what else chatd asks, and ends when chatd says so or is gone. What is printed goes to
// the child's log.
import ChildProtocol

struct Child: ChatChild {
  /// Called once, before any message: `start` has what was saved, and the manifest's `[config]`.
  mutating func begin(_ start: ChildStart) throws {}

  /// What to say to a message, in Markdown; nil says nothing. What it throws, people see as the
  /// reason why it failed. This is yours.
  mutating func reply(to message: ChildMessage, in session: ChildSession) throws -> ChildReply? {
    let words = message.content.split(whereSeparator: \.isWhitespace)
    return ChildReply("I heard **\(words.count)** words")
  }
}

try ChildSession.run(Child())
