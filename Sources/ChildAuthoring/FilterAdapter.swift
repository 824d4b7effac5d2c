import ChildProtocol
import Glibc

/// `chatd child exec`: speaks the protocol for a program that reads its standard input and writes
/// its standard output.
///
/// One thread waits for everything at once and decides; nothing else ever blocks it, so that chatd
/// is answered while programs run.
package final class FilterAdapter {
  /// How the adapter is to end.
  enum Ending {
    case exit(Int32)
    case signal(Int32)
  }

  let program: FilterProgram
  let socket: FilterSocket
  let signals: FilterSignals
  var log = FilterLog()
  var table = FilterTable()
  /// Those that have not been reaped, killed ones too.
  var processes: [pid_t: FilterProcess] = [:]
  /// The process that messages are given to (`--lines`).
  var worker: FilterProcess?
  /// Processes in a row that ended of themselves and had answered nothing (`--lines`).
  var fruitlessCount = 0
  var ending: Ending?
  /// When this turn of the loop began.
  private(set) var now = ContinuousClock.now
  private var chunk = [UInt8](repeating: 0, count: FilterLimits.chunkByteCount)

  var name: String { program.options.name }
  var mode: FilterOptions.Mode { program.options.mode }

  private init(
    _ options: FilterOptions, environment: [String: String]
  ) throws(AuthoringError) {
    let path = try options.socket(in: environment)
    FilterDescriptor.settle()
    program = FilterProgram(options, environment: environment)
    do { signals = try FilterSignals() } catch {
      throw AuthoringError(.system, "child exec: could not listen for signals: \(error)")
    }
    socket = try FilterSocket(connectingTo: path)
  }

  /// Runs until the session ends. It has the process to itself: signal handlers are set, and every
  /// child of the process is reaped.
  /// - Returns: the exit code.
  /// - Throws: `AuthoringError` where the session can't begin or chatd breaks the protocol.
  package static func run(
    _ options: FilterOptions, environment: [String: String]
  ) throws(AuthoringError) -> Int32 {
    let adapter = try FilterAdapter(options, environment: environment)
    defer { adapter.finish() }
    while true {
      switch adapter.ending {
      case nil: try adapter.turn()
      case .exit(let code): return code
      case .signal(let number):
        adapter.finish()
        FilterSignals.endSelf(by: number)
        return 128 + number
      }
    }
  }

  /// Kills all programs and says what is left to say.
  private func finish() {
    killAll()
    socket.finish()
    log.finish()
  }

  /// Waits for something to happen, and does what follows.
  private func turn() throws(AuthoringError) {
    let ready = wait()
    now = .now
    for source in ready where ending == nil { try handle(source) }
    if ending == nil { expire() }
    if ending == nil { startWaiting() }
    if !socket.send(), ending == nil { ending = .exit(0) }
  }

  /// What can be waited for.
  private enum Source {
    case socket
    case signals
    case log
    case input(FilterProcess)
    case output(FilterProcess)
    case errors(FilterProcess)
  }

  private func wait() -> [Source] {
    var sources: [Source] = []
    var ends: [pollfd] = []
    func add(_ source: Source, _ number: Int32?, _ events: Int32) {
      guard let number else { return }
      sources.append(source)
      ends.append(pollfd(fd: number, events: Int16(events), revents: 0))
    }
    // What chatd does not take holds up what comes: its own requests, too.
    let isBehind = socket.outgoingCount >= FilterLimits.outgoingByteCount
    add(.signals, signals.descriptor.number, POLLIN)
    add(
      .socket, socket.descriptor.number,
      (isBehind ? 0 : POLLIN) | (socket.outgoingCount > 0 ? POLLOUT : 0))
    if log.wantsToWrite { add(.log, FilterLog.descriptor, POLLOUT) }
    for process in processes.values {
      if process.wantsToWrite { add(.input(process), process.input?.number, POLLOUT) }
      if !isBehind { add(.output(process), process.output?.number, POLLIN) }
      if !log.isFull { add(.errors(process), process.errors?.number, POLLIN) }
    }
    // Nothing is ready where the wait was broken off by a signal: that is in the signals' pipe.
    guard poll(&ends, nfds_t(ends.count), timeoutMS()) > 0 else { return [] }
    return zip(sources, ends).filter { $1.revents != 0 }.map(\.0)
  }

  /// Until the next deadline; −1: for ever.
  private func timeoutMS() -> Int32 {
    guard let deadline = table.nextDeadline else { return -1 }
    return Int32(clamping: max(0, (deadline - .now).filterMilliseconds))
  }

  private func handle(_ source: Source) throws(AuthoringError) {
    switch source {
    case .socket: try receive()
    case .signals: take(signals.take())
    case .log: log.write()
    case .input(let process):
      process.write()
      seeWhetherItReads(process)
    case .output(let process): readOutput(of: process)
    case .errors(let process): readErrors(of: process)
    }
  }

  private func receive() throws(AuthoringError) {
    guard socket.outgoingCount < FilterLimits.outgoingByteCount else { return }
    guard let messages = try socket.receive() else {
      ending = .exit(0)
      return
    }
    for message in messages where ending == nil { handle(message) }
  }

  private func take(_ signals: Set<Int32>) {
    if signals.contains(SIGCHLD) { reap() }
    if ending == nil, let number = signals.first(where: { $0 != SIGCHLD }) {
      ending = .signal(number)
    }
  }

  /// Reads some of a program's output.
  /// - Returns: whether there may be more.
  @discardableResult
  func readOutput(of process: FilterProcess) -> Bool {
    switch process.output?.read(into: &chunk) {
    case .bytes(let count):
      took(chunk[..<count], from: process)
      return true
    case .end:
      process.closeOutput()
      outputEnded(of: process)
      return false
    case .nothing, nil: return false
    }
  }

  /// Reads some of a program's errors.
  /// - Returns: whether there may be more.
  @discardableResult
  func readErrors(of process: FilterProcess) -> Bool {
    switch process.errors?.read(into: &chunk) {
    case .bytes(let count):
      log.append(process.errorLines.append(chunk[..<count]))
      return true
    case .end:
      process.closeErrors()
      return false
    case .nothing, nil: return false
    }
  }
}
