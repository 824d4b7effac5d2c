/// What is on the disk for certain under one name, and what was done since the last flush.
struct DurableFile {
  private enum Step {
    case made
    case write(at: Int, [UInt8])
    case cut(to: Int)
    case removed

    var isOfName: Bool {
      switch self {
      case .made, .removed: true
      case .write, .cut: false
      }
    }
  }

  /// nil: there is no such file.
  private var kept: [UInt8]?
  private var steps: [Step] = []

  /// A file that has been there all along; nil: none yet.
  init(_ bytes: [UInt8]?) { kept = bytes }

  /// Whether a program finds the file.
  var exists: Bool {
    switch steps.last(where: \.isOfName) {
    case .made: true
    case .removed: false
    default: kept != nil
    }
  }

  /// Whether the name itself waits for a flush.
  var isNew: Bool {
    if case .made = steps.last(where: \.isOfName) { true } else { false }
  }

  mutating func make() { steps.append(.made) }

  mutating func remove() { steps.append(.removed) }

  mutating func write(_ bytes: [UInt8], at offset: Int) {
    steps.append(.write(at: offset, bytes))
  }

  mutating func cut(to byteCount: Int) { steps.append(.cut(to: byteCount)) }

  /// All that was done is on the disk, and so is the name: file systems keep the name of a new file
  /// that is flushed.
  mutating func flush() {
    var loss = PowerLoss.none
    kept = bytes(after: &loss)
    steps = []
  }

  /// Names alone are on the disk: the folder was flushed.
  mutating func flushName() {
    guard let last = steps.lastIndex(where: \.isOfName) else { return }
    if case .made = steps[last] { kept = [] } else { kept = nil }
    steps.removeSubrange(...last)
  }

  /// A flush that failed: the system has told it once, and may have thrown away what it could not
  /// write.
  mutating func failToFlush() { steps.removeAll { !$0.isOfName } }

  /// What is found when the power comes back; nil: no such file.
  func bytes(after loss: inout PowerLoss) -> [UInt8]? {
    var bytes = kept
    var namesLeft = loss.spared(of: steps.count { $0.isOfName })
    for step in steps {
      if step.isOfName {
        // What follows was done to a file that has no name.
        guard namesLeft > 0 else { return bytes }
        namesLeft -= 1
      }
      switch step {
      case .made: bytes = []
      case .removed: bytes = nil
      case .cut(let byteCount): if loss.spares() { bytes?.cut(to: byteCount) }
      case .write(let offset, let new):
        for part in loss.spared(of: offset..<offset + new.count) {
          bytes?.put(new[part.lowerBound - offset..<part.upperBound - offset], at: part.lowerBound)
        }
      }
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func cut(to byteCount: Int) {
    if byteCount < count { removeLast(count - byteCount) } else { grow(to: byteCount) }
  }

  fileprivate mutating func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    grow(to: offset + bytes.count)
    // Some thousand times in a test: a copy of memory, not of one byte after the other.
    bytes.withUnsafeBytes { bytes in
      withUnsafeMutableBytes { all in
        UnsafeMutableRawBufferPointer(rebasing: all[offset..<offset + bytes.count])
          .copyMemory(from: bytes)
      }
    }
  }

  /// What lies between is zeros, as in a file.
  private mutating func grow(to byteCount: Int) {
    if byteCount > count { self += [UInt8](repeating: 0, count: byteCount - count) }
  }
}
