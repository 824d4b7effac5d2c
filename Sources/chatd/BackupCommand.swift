import ArgumentParser
import ChatCore
import ChatStore
import ChildProtocol
import Foundation

/// `chatd backup FILE`: a copy of the database, whether or not chatd runs.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the database to a file, while chatd runs or while none does.",
    discussion: """
      The copy is one file, and it is looked through before it gets its name: FILE is a whole copy, \
      or is not there. A file that is there is never written over. To go back to a copy, stop chatd, \
      move away the database with its -wal and -shm, and move the copy to its place.
      """)

  @OptionGroup var options: Options

  @Argument(help: "The file that the copy becomes; there must be none by that name.")
  var file: String

  @Flag(help: "Print what was done as JSON.")
  var json = false

  func run() async throws {
    let config = try options.read()
    let source = DataFolder.database(in: config.data).path
    let target = URL(fileURLWithPath: file).standardizedFileURL.path
    umask(0o077)
    // A file at its limit of size fails to be written, as on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    do {
      let backup = try await Interruption.heeded {
        let line = ProgressLine()
        return try await line.beside {
          try await Backup.make(of: source, at: target, progress: line.show)
        }
      }
      report(backup, of: source)
      if let left = backup.left { Exit.say(left) }
    } catch let error as BackupError {
      Exit.say("\(error)")
      throw Exit.failure
    }
  }

  private func report(_ backup: Backup, of source: String) {
    if json {
      var writer = JSONWriter()
      writer.object {
        $0.field("path", backup.path)
        $0.field("bytes", backup.byteCount)
        $0.field("entries", backup.entryCount)
        $0.field("last_seq", backup.lastSeq)
      }
      return print(String(decoding: writer.bytes, as: UTF8.self))
    }
    print(
      "\(backup.path): \(backup.byteCount) bytes, \(backup.entryCount) entries, last seq "
        + "\(backup.lastSeq)")
    print("it was looked through and is whole; its place in a data folder is \(source)")
  }
}
