import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct RotatedFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.url.appendingPathComponent("echo.log").path }

  init() throws { folder = try TemporaryFolder() }

  private func line(_ text: String, _ stream: LogLine.Stream = .stdout) -> LogLine {
    LogLine(at: Timestamp(milliseconds: 0), stream: stream, generation: 3, text: text)
  }

  private func content(_ suffix: String = "") -> String? {
    try? String(contentsOfFile: path + suffix, encoding: .utf8)
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []).sorted()
  }

  /// How long a line with a text of two characters is.
  private let lineLength = "1970-01-01T00:00:00.000Z stdout 3 ab\n".utf8.count

  @Test func `a line has its time, stream, generation and text`() {
    var file = RotatedFile(path: path, maxBytes: 4096, fileCount: 3)
    #expect(names == [], "it is made with the first line")
    file.append(line("hello"))
    file.append(line("", .stderr))
    file.append(line("é 😀", .chatd))
    #expect(
      content() == """
        1970-01-01T00:00:00.000Z stdout 3 hello
        1970-01-01T00:00:00.000Z stderr 3 \("")
        1970-01-01T00:00:00.000Z chatd 3 é 😀

        """)
    #expect(mode(path) == 0o600)
  }

  @Test func `a full file becomes the first of the old ones, and the oldest goes`() {
    var file = RotatedFile(path: path, maxBytes: lineLength * 2, fileCount: 3)
    for number in 10..<20 { file.append(line("\(number)")) }
    #expect(texts() == ["18", "19"])
    #expect(texts(".1") == ["16", "17"])
    #expect(texts(".2") == ["14", "15"])
    #expect(names == ["echo.log", "echo.log.1", "echo.log.2"])
  }

  @Test func `with one file nothing older is kept`() {
    var file = RotatedFile(path: path, maxBytes: lineLength * 2, fileCount: 1)
    for number in 10..<15 { file.append(line("\(number)")) }
    #expect(texts() == ["14"])
    #expect(names == ["echo.log"])
  }

  @Test func `no file is longer than its limit, but for a line that is`() {
    var file = RotatedFile(path: path, maxBytes: 200, fileCount: 4)
    var random = SeededGenerator(seed: 1)
    for _ in 0..<300 {
      file.append(line(String(repeating: "x", count: .random(in: 0...150, using: &random))))
      for suffix in ["", ".1", ".2", ".3"] { #expect((content(suffix)?.utf8.count ?? 0) <= 200) }
    }
    file.append(line(String(repeating: "y", count: 1000)))
    #expect(content()?.utf8.count == 1000 + lineLength - 2)
    file.append(line("ab"))
    #expect(texts() == ["ab"])
    #expect(texts(".1")?.first?.count == 1000)
  }

  @Test func `a line that alone is too long leaves no empty file behind`() {
    var file = RotatedFile(path: path, maxBytes: 10, fileCount: 3)
    for text in ["first", "second"] { file.append(line(text)) }
    #expect(texts() == ["second"] && texts(".1") == ["first"])
    #expect(names == ["echo.log", "echo.log.1"])
  }

  @Test func `it goes on where an earlier run left off`() throws {
    for text in ["aa", "bb", "cc"] {
      var file = RotatedFile(path: path, maxBytes: lineLength * 2, fileCount: 2)
      file.append(line(text))
    }
    #expect(texts() == ["cc"] && texts(".1") == ["aa", "bb"])
    try folder.file("echo.log", String(repeating: "x", count: lineLength * 2 - 1) + "\n")
    var file = RotatedFile(path: path, maxBytes: lineLength * 2, fileCount: 2)
    file.append(line("dd"))
    #expect(texts() == ["dd"])
    #expect(content(".1")?.utf8.count == lineLength * 2)
  }

  @Test func `a file that can't be opened is tried again with the next line`() throws {
    let folder = folder.url.appendingPathComponent("later")
    let path = folder.appendingPathComponent("echo.log").path
    var file = RotatedFile(path: path, maxBytes: 4096, fileCount: 2)
    file.append(line("lost"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    file.append(line("kept"))
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasSuffix(" kept\n"))
  }

  /// A folder stands in the way of the old file.
  @Test func `where nothing can be renamed the disk does not fill`() throws {
    _ = try folder.folder("echo.log.1/x")
    var file = RotatedFile(path: path, maxBytes: lineLength * 2, fileCount: 2)
    for number in 10..<15 { file.append(line("\(number)")) }
    #expect(texts() == ["14"])
  }

  @Test func `descriptors are closed`() throws {
    let open = { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") }
    let links = { [path] in
      try open().filter {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?
          .hasPrefix(path) == true
      }.count
    }
    do {
      var file = RotatedFile(path: path, maxBytes: lineLength, fileCount: 3)
      for number in 10..<30 { file.append(line("\(number)")) }
      #expect(try links() == 1)
    }
    #expect(try links() == 0)
  }

  private func texts(_ suffix: String = "") -> [String]? {
    content(suffix)?.split(separator: "\n").map { String($0.split(separator: " ")[3]) }
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }
}
