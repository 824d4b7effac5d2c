import ArgumentParser
import ChatCore
import ChildProtocol
import Foundation
import FoundationNetworking

/// `chatd ps`: what the children of the chatd that runs are doing.
struct PS: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps", abstract: "List the children of the chatd that runs on the data folder.")

  @OptionGroup var options: Options

  @Flag(help: "Print the answer of /api/children as it is.")
  var json = false

  func run() async throws {
    let config = try options.read()
    let data = try await RunningChatd(in: config.data).get("/api/children")
    if json { return print(String(decoding: data, as: UTF8.self)) }
    let children = try JSON(parsing: data)["children"]?.array ?? []
    let rows = children.map(Self.row)
    let header = [
      "CHILD", "STATE", "WANTED", "PID", "SINCE", "RESTARTS", "GENERATION", "LAST EXIT",
    ]
    for line in Self.aligned([header] + rows) { print(line) }
  }

  private static func row(_ child: JSON) -> [String] {
    let exit = child["last_exit"].flatMap { exit in
      exit.isNull
        ? nil
        : [
          exit["cause"]?.string, exit["signal"]?.string ?? exit["code"]?.int.map { "code \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
    }
    return [
      child["actor_id"]?.string, child["state"]?.string, child["wanted"]?.string,
      child["pid"]?.int.map(String.init), child["since"]?.string,
      child["restarts"]?.int.map(String.init), child["generation"]?.int.map(String.init),
      child["problem"]?.string?.replacing("\n", with: "; ") ?? exit,
    ].map { $0 ?? "–" }
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows.reduce(into: [Int](repeating: 0, count: rows[0].count)) { widths, row in
      for (column, text) in row.enumerated() { widths[column] = max(widths[column], text.count) }
    }
    return rows.map { row in
      zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }
  }
}

/// The chatd that runs on a data folder, as its commands reach it.
struct RunningChatd {
  private let http: String

  /// Finds it by the card that it leaves in the folder.
  /// - Throws: an exit code, with the reason on standard error, where none runs.
  init(in folder: URL) throws {
    let card = DataFolder.card(in: folder)
    let json = (try? Data(contentsOf: card)).flatMap { try? JSON(parsing: $0) }
    if let pid = json?["pid"]?.int, json?["http"] == nil {
      Exit.say("the chatd on \(folder.path), process \(pid), is still starting")
      throw Exit.failure
    }
    guard let http = json?["http"]?.string else {
      Exit.say(
        "no chatd runs on \(folder.path) (there is no \(card.path)); start one with: chatd start")
      throw Exit.failure
    }
    self.http = http
  }

  /// What `path` of its HTTP interface answers.
  func get(_ path: String) async throws -> Data { try await send("GET", path) }

  /// What it answers to a request without a body.
  /// - Throws: an exit code, with the reason on standard error, for anything but 200.
  func send(_ method: String, _ path: String) async throws -> Data {
    guard let url = URL(string: http + path) else {
      Exit.say("\(http) is no address")
      throw Exit.failure
    }
    var request = URLRequest(url: url)
    request.httpMethod = method
    do {
      let (data, response) = try await URLSession.shared.data(for: request)
      guard (response as? HTTPURLResponse)?.statusCode == 200 else {
        let problem = try? JSON(parsing: data)["detail"]?.string
        Exit.say(problem ?? "\(url) answered: \(String(decoding: data, as: UTF8.self))")
        throw Exit.failure
      }
      return data
    } catch let error as URLError {
      Exit.say("chatd does not answer at \(http): \(error.localizedDescription)")
      throw Exit.failure
    }
  }
}
