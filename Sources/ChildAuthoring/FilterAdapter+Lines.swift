import ChildProtocol
import Glibc

/// `--lines`: one process, a message at a time.
///
/// The next message is given only when the one before is answered, so that a message that is
/// cancelled, runs out of time or ends the process takes no other with it.
extension FilterAdapter {
  /// Starts the process that messages are given to.
  func startWorker() throws(RPCFailure) {
    let process = try FilterProcess(program, variables: [:])
    processes[process.pid] = process
    worker = process
  }

  /// Gives the next message to the process, once it is free; starts it where there is none.
  func giveWorker() {
    if worker?.isKilled == true { worker = nil }
    guard worker?.message == nil, table.hasWaiting else { return }
    do throws(RPCFailure) {
      if worker == nil { try startWorker() }
    } catch {
      for message in table.removeAll() { fail(message.id, error.message) }
      return
    }
    guard let worker, let message = table.start() else { return }
    worker.give(message)
    seeWhetherItReads(worker)
  }

  /// Takes the lines that the process has written. The first one answers, and what is there already
  /// can't be the answer to what is given next: it is dropped.
  func takeLines(of process: FilterProcess) {
    while !process.isKilled, let line = process.gathered.takeLine() {
      guard process.message != nil else {
        if !process.hasBabbled { log.say("\(name) writes lines that no message asked for") }
        process.hasBabbled = true
        continue
      }
      fruitlessCount = 0
      finish(process, with: FilterAnswer(line: line, name: name))
    }
  }

  /// Ends a process that stays but reads no more: it has nothing to say to its message.
  func seeWhetherItReads(_ process: FilterProcess) {
    guard mode == .lines, process.input == nil, !process.isKilled else { return }
    if process === worker { worker = nil }
    process.endAll(for: "closed its input")
  }

  /// The end of a program's output. One that stays has nothing more to say, and one that has
  /// just ended is beyond a kill: how it ended is told when it is reaped.
  func outputEnded(of process: FilterProcess) {
    guard mode == .lines, !process.isKilled else { return }
    if process === worker { worker = nil }
    process.endAll(for: "closed its output")
  }

  /// The end of the process. The next message starts another one, unless this came to nothing too
  /// often: then chatd's restart policy decides.
  func workerEnded(_ process: FilterProcess, _ end: FilterEnd) {
    if process === worker { worker = nil }
    if process.isKilled { return }
    let hadAnswered = process.hasAnswered
    let how = end == .signalled(SIGKILL) ? process.fault ?? end.words : end.words
    let reason = process.errorLines.last ?? "\(name) \(how) without an answer"
    finish(process, with: .failed(reason))
    fruitlessCount = hadAnswered ? 0 : fruitlessCount + 1
    guard fruitlessCount >= FilterLimits.fruitlessCount else { return }
    let words = "\(name) ended \(fruitlessCount) times in a row without an answer: \(reason)"
    for message in table.removeAll() { fail(message.id, words) }
    log.say(words)
    ending = .exit(1)
  }
}
