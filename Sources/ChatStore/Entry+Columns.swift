import ChatCore
import ChildProtocol
import GRDB

/// What of an entry is repeated beside its JSON, to be searched by.
extension Entry {
  var typeColumn: String {
    switch self {
    case .message: "Message"
    case .rollup: "Rollup"
    case .toolRound: "ToolRound"
    }
  }

  var statusColumn: String? { message?.status.rawValue }

  var isStreaming: Bool { message?.status == .streaming }

  /// What the model's server wants back of it. That can be more deeply nested than chatd reads, by
  /// the model's making; then nothing is kept, and the answer goes back as its text and calls.
  var keptColumn: String? {
    guard let bytes = message?.kept?.bytes, (try? JSON(parsing: bytes)) != nil else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The entry's JSON, once it is certain that it can be read back.
  ///
  /// Rollups, tool rounds and what children post bear JSON of the children's making. Frames are held to half the depth
  /// that the parser allows; if one got by, its whole thread would be unreadable from here on.
  /// - Throws: `ChatError.conflict`.
  func body() throws(ChatError) -> String {
    let bytes = json
    if message == nil || message?.data != nil {
      do { _ = try Entry(JSON(parsing: bytes)) } catch {
        throw .conflict(reason: "entry \(id) can't be kept: \(error)")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads what `body()` gave, from the first two columns of a row: the identifier and the JSON.
  init(row: Row) throws(StoreError) {
    let id = try row.text(0)
    let body = try row.text(1)
    do { self = try Entry(JSON(parsing: body.utf8)) } catch {
      throw .unreadable(what: "entry \(id)", reason: "\(error)")
    }
  }

  /// The same with what is kept of it, from the third column.
  init(rowWithKept row: Row) throws(StoreError) {
    try self.init(row: row)
    guard let kept = row.optionalText(2), var message else { return }
    do { message.kept = try JSON(parsing: kept.utf8) } catch {
      throw .unreadable(what: "what is kept of entry \(id)", reason: "\(error)")
    }
    self = .message(message)
  }
}
