import ArgumentParser
import ChatCore
import ChatStore
import ChildProtocol
import Foundation

/// `chatd child state NAME [--clear]`: what a child has saved, and forgetting it.
struct ChildState: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Print what a child has saved with state/save, as JSON; with --clear forget it.",
    discussion: """
      It works whether or not a chatd runs on the data folder. A child that is up goes on as it is \
      and may save again: "Start clean" on the page, or POST /api/children/NAME/restart?clean=true, \
      starts it anew without what it had saved.
      """)

  @OptionGroup var options: Options

  @Argument(help: "The child, by the name of its folder.")
  var name: String

  @Flag(help: "Forget what it has saved.")
  var clear = false

  func run() async throws {
    let config = try options.read()
    let path = DataFolder.database(in: config.data).path
    guard FileManager.default.fileExists(atPath: path) else {
      Exit.say("no chatd has run on \(config.data.path): there is no \(path)")
      throw Exit.failure
    }
    let state: JSON
    do {
      // Whoever holds the folder is alone with the database.
      let folder = try DataFolder(
        config.data, environment: ProcessInfo.processInfo.environment)
      defer { folder.leave() }
      state = try await read(path)
    } catch is DataFolder.Refused {
      state = try await askRunning(config.data)
    }
    if clear {
      Exit.say("\(name): what it had saved is forgotten")
    } else {
      print(state.text)
    }
  }

  private func askRunning(_ data: URL) async throws -> JSON {
    let chatd = try RunningChatd(in: data)
    let escaped = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
    let path = "/api/children/\(escaped)/state"
    return try JSON(parsing: try await chatd.send(clear ? "DELETE" : "GET", path))["state"] ?? .null
  }

  private func read(_ path: String) async throws -> JSON {
    do {
      let store = try SQLiteStore(path: path)
      let (id, state) = (ChildID(name), try await store.children()[ChildID(name)])
      guard let state else {
        Exit.say("nothing is kept of a child \"\(name)\" in \(path)")
        throw Exit.failure
      }
      if clear {
        for result in await store.commit([.child(id, .init(state: .null))]) { _ = try result.get() }
      }
      try store.close()
      return state.state ?? .null
    } catch let error as ExitCode {
      throw error
    } catch {
      Exit.say("\(error)")
      throw Exit.failure
    }
  }
}
