import CWarden
import Foundation

extension Launch {
  /// How the child of `manifest` is started, with `socket` as the path that is its alone.
  ///
  /// Its environment is `PATH` with chatd's own folder in it, `HOME`, `LANG`, `TZ`, what `env_pass`
  /// takes from chatd's own, what `env_file` and `[env]` say, and `CHATD_SOCKET`; nothing else.
  /// - Throws: `ChildError.unusable` naming the key whose word can't be followed.
  package init(
    _ manifest: Manifest, socket: String, chatdFolder: String, environment own: [String: String]
  ) throws(ChildError) {
    var variables: [String: String] = [:]
    for name in ["HOME", "LANG", "TZ"] + manifest.envPass { variables[name] = own[name] }
    if let user = manifest.limits.user { variables["HOME"] = try Account(user).home }
    let path = own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    variables["PATH"] = chatdFolder + ":" + path
    if let file = manifest.envFile { variables.merge(try Self.variables(inFile: file)) { $1 } }
    variables.merge(manifest.environment) { $1 }
    variables["CHATD_SOCKET"] = socket
    folder = manifest.folder
    arguments = manifest.command
    self.environment = variables.map { "\($0)=\($1)" }.sorted()
    limits = manifest.limits
    allowsCore = manifest.watchdog.core
    let program = manifest.command.first ?? ""
    if program.contains("/") {
      executable = manifest.resolved(program)
    } else {
      executable = try Self.find(program, in: variables["PATH"] ?? path)
    }
  }

  private static func find(_ name: String, in path: String) throws(ChildError) -> String {
    var found = [CChar](repeating: 0, count: Int(PATH_MAX))
    let result = warden_find_executable(name, path, &found, found.count)
    guard result == 0 else {
      let reason = result == -EACCES ? "is not executable" : "was not found"
      throw .unusable(reason: "command: the program \"\(name)\" \(reason) on PATH (\(path))")
    }
    return String(decoding: found.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Reads lines of `NAME=value`. The file has to be its owner's alone, since what is in it is a
  /// secret.
  private static func variables(inFile path: String) throws(ChildError) -> [String: String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(doing: "env_file \(path)", errno: errno) }
    guard status.st_mode & 0o077 == 0 else {
      throw .unusable(reason: "env_file: expected \(path) with mode 0600, others can read it")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .unusable(reason: "env_file: expected \(path) as UTF-8 text")
    }
    var variables: [String: String] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let sign = line.firstIndex(of: "="), Manifest.isVariable(line[..<sign]) else {
        throw .unusable(reason: "env_file: \(path):\(index + 1): expected NAME=value")
      }
      variables[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    return variables
  }
}
