import ChildProtocol
import Glibc

/// The program of a filter, and how a process of it is started.
struct FilterProgram {
  let options: FilterOptions
  /// Its environment without what a message adds: nothing of it leads back to chatd.
  private let environment: [String: String]

  init(_ options: FilterOptions, environment: [String: String]) {
    self.options = options
    var environment = environment
    environment["CHATD_SOCKET"] = nil
    self.environment = environment
  }

  /// The file that the program's name means: with a slash it is a path, else it is looked up on
  /// `PATH`.
  /// - Throws: `RPCFailure` that names it and says where it was looked for.
  func find() throws(RPCFailure) -> String {
    let name = options.name
    if name.contains("/") {
      if let fault = Self.fault(of: name) { throw .program("the program \(name) \(fault)") }
      return name
    }
    let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    var isThere = false
    for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
      let candidate = folder.isEmpty ? name : "\(folder)/\(name)"
      guard let fault = Self.fault(of: candidate) else { return candidate }
      isThere = isThere || fault != Self.missing
    }
    throw .program(
      isThere
        ? "the program \(name) is on PATH, but not executable"
        : "the program \(name) was not found on PATH (\(path))")
  }

  private static let missing = "was not found"

  private static func fault(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? missing : "can't be read: \(errorWords)"
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return "is not a file" }
    return access(path, X_OK) == 0 ? nil : "is not executable (chmod +x \(path))"
  }

  private static var errorWords: String { String(cString: strerror(errno)) }

  /// Starts a process in a group of its own, with default signals. Of the
  /// adapter's descriptors it has these three: the others are close-on-exec.
  /// - Throws: `RPCFailure` that names the program.
  func start(
    _ variables: [String: String], input: Int32, output: Int32, errors: Int32
  ) throws(RPCFailure) -> pid_t {
    let path = try find()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var results = [(input, 0), (output, 1), (errors, 2)].map {
      posix_spawn_file_actions_adddup2(&actions, $0, $1)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let all = environment.merging(variables) { $1 }
    let argv: [UnsafeMutablePointer<CChar>?] = options.words.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = all.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    results.append(posix_spawn(&pid, path, &actions, &attributes, argv, envp))
    guard let failed = results.first(where: { $0 != 0 }) else { return pid }
    throw .program("the program \(options.name) could not be started: \(Self.words(failed))")
  }

  /// What `exec` says most often means the first line of a script.
  private static func words(_ code: Int32) -> String {
    let words = String(cString: strerror(code))
    switch code {
    case ENOEXEC: return "\(words) (a script begins with a line like #!/bin/sh)"
    case ENOENT: return "\(words) (what its first line, #!…, names is missing)"
    default: return words
    }
  }
}
