import Foundation
import TestSupport

/// What a chatd that a test starts has in its folder.
extension TemporaryFolder {
  /// Its database and logs.
  var data: URL { url.appendingPathComponent("data") }
  var database: URL { data.appendingPathComponent("chatd.sqlite") }
  /// What it writes to standard error.
  var errors: URL { url.appendingPathComponent("errors") }
  /// Where it says that it runs.
  var card: URL { data.appendingPathComponent("chatd.json") }

  /// The folder `name` with copies of faulty children, which are started with chatd.
  func children(_ fixtures: [String], in name: String = "children") throws -> URL {
    let home = try folder(name)
    try FileManager.default.copyItem(
      at: Places.faultyChildren.appendingPathComponent("chatd_child.py"),
      to: home.appendingPathComponent("chatd_child.py"))
    for fixture in fixtures { try add(fixture, to: home) }
    return home
  }

  /// Copies a faulty child to a folder of children.
  func add(_ fixture: String, to home: URL, isAutostarted: Bool = true) throws {
    let target = home.appendingPathComponent(fixture)
    try FileManager.default.copyItem(
      at: Places.faultyChildren.appendingPathComponent(fixture), to: target)
    if isAutostarted { try amendManifest(of: fixture, in: home) { "autostart = true\n" + $0 } }
  }

  /// Writes a child's manifest anew.
  func amendManifest(of child: String, in home: URL, _ change: (String) -> String) throws {
    let manifest = home.appendingPathComponent(child).appendingPathComponent("manifest.toml")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try Data(change(text).utf8).write(to: manifest)
  }
}
