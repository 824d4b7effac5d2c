// Keeper: remembers what it is told, over restarts too.
//
// ChildProtocol talks to chatd; what is left is what to say. ../README.md has the protocol.
import ChildProtocol
import Foundation

struct Keeper: ChatChild {
  private static let noteLimit = 200
  private static let noteLength = 500  // characters, so that the state stays well below 1 MiB
  private var notes: [String] = []

  mutating func begin(_ start: ChildStart) {
    notes = start.state?["notes"]?.array?.compactMap(\.string) ?? []
  }

  mutating func reply(to message: ChildMessage, in session: ChildSession) throws -> ChildReply? {
    let said = String(message.content.prefix(Self.noteLength)).replacing("\n", with: " ")
    let wish = rest(of: said, after: ["please "]) ?? said
    if let about = rest(of: wish, after: ["what do you remember about ", "what do you remember"]) {
      return recall(about)
    }
    if let note = rest(of: wish, after: ["remember that ", "remember: ", "remember "]) {
      return note.isEmpty || said.hasSuffix("?") ? nil : try keep(note, in: session)
    }
    if let about = rest(of: wish, after: ["forget that ", "forget about ", "forget "]) {
      return about.isEmpty ? nil : try forget(about, in: session)
    }
    return nil
  }

  private func recall(_ about: String) -> ChildReply {
    let found = notes.filter { about.isEmpty || $0.localizedCaseInsensitiveContains(about) }
    guard !found.isEmpty else { return ChildReply("🗝️ Nothing. Tell me: *remember that …*") }
    return ChildReply("🗝️ I remember:\n\n" + found.map { "- \($0)" }.joined(separator: "\n"))
  }

  private mutating func keep(_ note: String, in session: ChildSession) throws -> ChildReply {
    if notes.contains(note) { return ChildReply("🗝️ I know.") }
    if notes.count == Self.noteLimit { return ChildReply("🗝️ My pockets are full: *forget …*") }
    try save(notes + [note], in: session)
    return ChildReply("🗝️ I'll remember: **\(note)**")
  }

  private mutating func forget(_ about: String, in session: ChildSession) throws -> ChildReply {
    let all = about.lowercased() == "everything"
    let kept = notes.filter { !all && !$0.localizedCaseInsensitiveContains(about) }
    let lost = notes.count - kept.count
    guard lost > 0 else { return ChildReply("🗝️ I never knew.") }
    try save(kept, in: session)
    return ChildReply(lost == 1 ? "🗝️ Forgotten." : "🗝️ Forgotten, all \(lost).")
  }

  /// Takes the notes over once chatd has them on disk: what we say that we know outlives us.
  private mutating func save(_ notes: [String], in session: ChildSession) throws {
    try session.save(["notes": .array(notes.map(JSON.string))])
    self.notes = notes
  }
}

/// What follows the first of these openings that a text has, without its last punctuation.
private func rest(of text: String, after openings: [String]) -> String? {
  let found = openings.lazy.compactMap { opening in
    text.range(of: opening, options: [.caseInsensitive, .anchored])
  }
  let punctuation = CharacterSet(charactersIn: " .!?")
  return found.first.map { text[$0.upperBound...].trimmingCharacters(in: punctuation) }
}

try ChildSession.run(Keeper())
