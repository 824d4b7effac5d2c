import ChildProtocol

/// The programs' lives.
extension FilterAdapter {
  /// Reads of a pipe that belongs to a process that has ended: as much as the largest pipe holds.
  private static let lastReadCount = (1 << 20) / FilterLimits.chunkByteCount

  /// Gives messages that wait to programs, as far as there is room.
  func startWaiting() {
    if mode == .lines { return giveWorker() }
    while processes.count < FilterLimits.programCount, let message = table.start() {
      do throws(RPCFailure) {
        let process = try FilterProcess(program, variables: message.variables(startingAt: now))
        processes[process.pid] = process
        process.give(message)
      } catch {
        table.remove(message.id)
        fail(message.id, error.message)
      }
    }
  }

  /// Takes what a program has written.
  func took(_ bytes: ArraySlice<UInt8>, from process: FilterProcess) {
    guard process.gathered.append(bytes) else {
      finish(process, with: .failed(FilterAnswer.tooMuch(name)))
      return process.kill()
    }
    switch mode {
    case .text, .json: break
    case .lines: takeLines(of: process)
    case .partial:
      while let id = process.message, let line = process.gathered.nextLine() {
        sendPartial(line, of: id)
      }
    }
  }

  /// Kills the process that works on a message, which is not held any more.
  func killProcess(for id: JSON) {
    for process in processes.values where process.message == id { process.kill() }
  }

  /// Kills all there are, each with its group.
  func killAll() {
    for process in processes.values where !process.isKilled { process.kill() }
  }

  /// Reaps what has ended. Of a program all it left in its group is killed first: as long as it is
  /// not reaped, its number can't be another's.
  func reap() {
    while let pid = FilterProcess.nextEnded() {
      guard let process = processes[pid] else {
        _ = FilterProcess.reap(pid)
        continue
      }
      process.endGroup()
      for _ in 0..<Self.lastReadCount where !readOutput(of: process) { break }
      for _ in 0..<Self.lastReadCount where !readErrors(of: process) { break }
      log.append(process.errorLines.finish())
      let end = FilterProcess.reap(pid)
      processes[pid] = nil
      ended(process, end)
    }
  }

  private func ended(_ process: FilterProcess, _ end: FilterEnd) {
    if mode == .lines { return workerEnded(process, end) }
    finish(
      process,
      with: FilterAnswer(
        output: process.gathered.bytes, end: end, lastError: process.errorLines.last, name: name,
        mode: mode))
  }
}
