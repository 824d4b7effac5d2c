import CWarden
import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// The wrapper over the real program. No test here ends a warden in any way but `stop`: its sudden
/// death makes chatd end all children of the process, the other tests' too.
@Suite(.timeLimit(.minutes(1))) struct WardenTests {
  /// What became of one start.
  struct Outcome {
    var pid: Int32 = 0
    var output = ""
    var errors = ""
    var end: ProcessEnd?
    var failure: String?
  }

  /// An event, as far as these tests look at it.
  enum News {
    case spawned(UInt64, pid: Int32, output: Int32, errors: Int32)
    case spawnFailed(UInt64, String)
    case exited(UInt64, ProcessEnd)
    case gone(UInt64)
    case lost

    init(_ event: WardenEvent) {
      switch event {
      case .spawned(let token, let pid, let output, let errors, _):
        self = .spawned(token, pid: pid, output: output, errors: errors)
      case .spawnFailed(let token, let reason): self = .spawnFailed(token, reason)
      case .exited(let token, let end, _): self = .exited(token, end)
      case .gone(let token): self = .gone(token)
      case .lost: self = .lost
      }
    }
  }

  /// A warden, and its events in their order.
  final class Station {
    let warden: Warden
    private var events: AsyncStream<WardenEvent>.Iterator

    init() throws {
      let (stream, put) = AsyncStream.makeStream(
        of: WardenEvent.self, bufferingPolicy: .bufferingOldest(10_000))
      events = stream.makeAsyncIterator()
      warden = try Warden(
        path: Places.programs.appendingPathComponent("chatd-warden").path,
        log: { Issue.record("the warden has something to say: \($0)") },
        report: { put.yield($0) })
    }

    deinit { warden.stop() }

    func next() async throws -> News { News(try #require(await events.next())) }

    /// Starts a process and waits for its end.
    func run(_ launch: Launch) async throws -> Outcome {
      let token = try warden.spawn(launch)
      var outcome = Outcome()
      var seen: [String] = []
      while true {
        switch try await next() {
        case .spawned(token, let pid, let output, let errors):
          seen.append("spawned")
          outcome.pid = pid
          outcome.output = readAll(output)
          outcome.errors = readAll(errors)
        case .exited(token, let end):
          seen.append("exited")
          outcome.end = end
        case .gone(token):
          #expect(seen == ["spawned", "exited"])
          return outcome
        case .spawnFailed(token, let reason):
          #expect(seen == [])
          outcome.failure = reason
          return outcome
        case let other:
          Issue.record("an event of another start: \(other)")
          return outcome
        }
      }
    }
  }

  private func shell(_ script: String, _ arguments: String...) -> Launch {
    Launch(
      executable: "/bin/sh", folder: "/", arguments: ["sh", "-c", script, "sh"] + arguments,
      environment: ["PATH=/usr/bin:/bin"])
  }

  @Test(arguments: [0, 1, 7, 78, 125, 127, 255] as [Int32])
  func `an exit code is reported`(code: Int32) async throws {
    let outcome = try await Station().run(shell("exit \(code)"))
    #expect(outcome.end == .exited(code))
    #expect(outcome.pid > 0 && !isAlive(outcome.pid))
  }

  @Test(arguments: ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "SIGUSR1"])
  func `the signal that ended it is reported`(signal: String) async throws {
    let outcome = try await Station().run(shell("kill -\(signal.dropFirst(3)) $$"))
    #expect(outcome.end == .signalled(signal))
  }

  @Test func `what can't be started says at which step and why`() async throws {
    let station = try Station()
    let folder = try TemporaryFolder()
    let file = try folder.file("plain", "text")
    func failure(_ executable: String, in folder: String = "/") async throws -> String? {
      let launch = Launch(
        executable: executable, folder: folder, arguments: ["x"], environment: [])
      return try await station.run(launch).failure
    }
    #expect(
      try await failure("/none") == "it could not be started: exec: No such file or directory")
    #expect(try await failure(file.path) == "it could not be started: exec: Permission denied")
    #expect(
      try await failure("/bin/true", in: "/none")
        == "it could not be started: chdir: No such file or directory")
    #expect(try await station.run(shell("exit 3")).end == .exited(3), "it goes on afterwards")
  }

  @Test func `output and errors come apart and whole`() async throws {
    let outcome = try await Station().run(shell("seq 1 20000; echo oh dear >&2; printf end"))
    #expect(outcome.output == (1...20_000).map { "\($0)\n" }.joined() + "end")
    #expect(outcome.errors == "oh dear\n")
  }

  @Test(arguments: [[], ["A=1"], ["A=1", "B=", "C=x=y z", "Ü=é"]])
  func `the environment is what is given and nothing else`(variables: [String]) async throws {
    let launch = Launch(
      executable: "/usr/bin/env", folder: "/", arguments: ["env"], environment: variables)
    #expect(
      try await Station().run(launch).output == variables.map { "\($0)\n" }.joined())
  }

  @Test func `arguments arrive as they are`() async throws {
    let launch = shell("printf '[%s]' \"$@\"", "", "a b", "é", "\n", "*", "$HOME", "'\"")
    #expect(try await Station().run(launch).output == "[][a b][é][\n][*][$HOME]['\"]")
  }

  /// The mask is read by what takes the shell's place: a shell that waits blocks signals itself.
  @Test func `a child stands alone: folder, input, session, signals`() async throws {
    let folder = try TemporaryFolder()
    var launch = shell(
      """
      pwd -P; readlink /proc/$$/fd/0; cut -d' ' -f6 /proc/$$/stat; umask
      exec grep -E 'Sig(Blk|Ign)|NoNewPrivs' /proc/self/status
      """)
    launch.folder = folder.url.path
    let outcome = try await Station().run(launch)
    #expect(
      outcome.output.split(separator: "\n") == [
        "\(folder.url.path)", "/dev/null", "\(outcome.pid)", "0077",
        "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "NoNewPrivs:\t1",
      ])
  }

  @Test func `limits hold, and a core is written only where one is wanted`() async throws {
    let station = try Station()
    var launch = shell("ulimit -n; ulimit -d; ulimit -t; ulimit -c")
    launch.limits.openFiles = 64
    launch.limits.memoryMB = 512
    launch.limits.cpuSeconds = 9
    #expect(try await station.run(launch).output == "64\n524288\n9\n0\n")
    var hard = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &hard)
    launch = shell("ulimit -c")
    launch.allowsCore = true
    let core = try await station.run(launch).output
    #expect((core == "0\n") == (hard.rlim_max == 0))
  }

  @Test func `a user that is not there is said so before anything is asked for`() throws {
    let station = try Station()
    var launch = shell("exit 0")
    launch.limits.user = "no such user"
    let reason = #"limits.user: there is no user "no such user" on this machine"#
    #expect(throws: ChildError.unusable(reason: reason)) { try station.warden.spawn(launch) }
  }

  @Test func `what is too long to ask for is refused`() async throws {
    let station = try Station()
    #expect(throws: ChildError.system(doing: "asking the warden for a process", errno: E2BIG)) {
      try station.warden.spawn(shell(String(repeating: "x", count: 200_000)))
    }
    #expect(try await station.run(shell("exit 0")).end == .exited(0))
  }

  @Test func `a signal reaches the process it is for`() async throws {
    let station = try Station()
    let token = try station.warden.spawn(shell("exec sleep 1000"))
    guard case .spawned(token, _, let output, let errors) = try await station.next() else {
      Issue.record("expected a start")
      return
    }
    for pipe in [output, errors] { close(pipe) }
    station.warden.signal(token + 1, SIGKILL, WARDEN_TREE)
    station.warden.signal(token, SIGTERM, WARDEN_GROUP)
    guard case .exited(token, .signalled("SIGTERM")) = try await station.next(),
      case .gone(token) = try await station.next()
    else {
      Issue.record("expected an end")
      return
    }
    // It has ended: nobody is hit.
    station.warden.signal(token, SIGKILL, WARDEN_TREE)
    #expect(try await station.run(shell("exit 0")).end == .exited(0))
  }

  @Test func `what a child leaves behind is gone before it is`() async throws {
    let outcome = try await Station().run(
      shell("setsid sleep 1000 >/dev/null 2>&1 & echo $!; exit 4"))
    #expect(outcome.end == .exited(4))
    let left = try #require(Int32(outcome.output.dropLast()))
    #expect(!isAlive(left))
  }

  @Test func `many at once have each their own events`() async throws {
    let station = try Station()
    var tokens: [UInt64] = []
    for code in 0..<40 { tokens.append(try station.warden.spawn(shell("exit \(code)"))) }
    #expect(Set(tokens).count == 40 && tokens == tokens.sorted())
    var events: [UInt64: [String]] = [:]
    while events.values.reduce(0, { $0 + $1.count }) < 120 {
      switch try await station.next() {
      case .spawned(let token, _, let output, let errors):
        for pipe in [output, errors] { close(pipe) }
        events[token, default: []].append("spawned")
      case .exited(let token, let end): events[token, default: []].append("\(end)")
      case .gone(let token): events[token, default: []].append("gone")
      case let other: Issue.record("not expected: \(other)")
      }
    }
    for (code, token) in tokens.enumerated() {
      #expect(events[token] == ["spawned", "exited(\(code))", "gone"])
    }
  }

  @Test func `stopping ends everything below and nothing beside`() async throws {
    let bystander = try Bystander()
    let station = try Station()
    let scripts = [
      "echo $$; exec sleep 1000", "trap '' TERM; setsid sleep 1000 & echo $!; wait",
      "sleep 1000 & echo $!; exec sleep 1000",
    ]
    var pids: [Int32] = [station.warden.pid]
    for script in scripts {
      _ = try station.warden.spawn(shell(script))
      guard case .spawned(_, let pid, let output, let errors) = try await station.next() else {
        Issue.record("expected a start")
        return
      }
      pids += [pid, try #require(Int32(readLine(output)))]
      for pipe in [output, errors] { close(pipe) }
    }
    #expect(pids.allSatisfy(isAlive))
    station.warden.stop()
    station.warden.stop()
    #expect(!pids.contains(where: isAlive))
    #expect(bystander.isAlive)
  }

  @Test func `a warden that is not there is an error`() {
    #expect(throws: ChildError.self) {
      try Warden(path: "/none/chatd-warden", log: { _ in }, report: { _ in })
    }
  }
}

/// Reads a pipe to its end, and closes it.
private func readAll(_ pipe: Int32) -> String {
  var bytes: [UInt8] = []
  while let chunk = readSome(pipe) { bytes += chunk }
  close(pipe)
  return String(decoding: bytes, as: UTF8.self)
}

/// Reads a pipe up to the end of its first line.
private func readLine(_ pipe: Int32) -> String {
  var bytes: [UInt8] = []
  while !bytes.contains(UInt8(ascii: "\n")), let chunk = readSome(pipe) { bytes += chunk }
  return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}

/// Waits for bytes; nil at the end. The pipe itself does not block.
private func readSome(_ pipe: Int32) -> [UInt8]? {
  var waited = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
  guard poll(&waited, 1, 30_000) == 1 else { return nil }
  var bytes = [UInt8](repeating: 0, count: 65_536)
  let count = read(pipe, &bytes, bytes.count)
  return count > 0 ? Array(bytes.prefix(count)) : nil
}
