import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// What chatd does not start with: the exit code and the words tell why.
  @Suite struct RefusalTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func start(
      _ options: [String], _ environment: [String: String] = [:]
    ) throws -> Execution {
      let result = try RunningChatd.run(
        ["start", "--data", folder.data.path, "--children", "none", "--assistant", "off"] + options,
        in: folder, environment: environment)
      #expect(result.output == "", "it was never ready")
      return result
    }

    @Test(arguments: [
      ("port", "eighty"), ("port", "65536"), ("ws-port", "-1"), ("max-tokens", "0"),
      ("max-tool-rounds", "101"), ("max-tool-rounds", "-1"),
      ("assistant", "gpt"), ("log-level", "loud"), ("log-format", "xml"), ("host", "0.0.0.0"),
      ("host", "::"), ("host", "192.168.1.1"), ("host", "example.org"),
    ])
    func `a bad value is told with its flag or its variable`(name: String, value: String) throws {
      let flag = try start(["--\(name)=\(value)"])
      #expect(flag.exitCode == 78)
      #expect(flag.errors.hasPrefix("chatd: --\(name): expected "), "\(flag.errors)")
      #expect(flag.errors.hasSuffix(", got \"\(value)\"\n"))
      let variable = "CHATD_" + name.uppercased().replacing("-", with: "_")
      let environment = try start([], [variable: value])
      #expect(environment.exitCode == 78)
      #expect(environment.errors == flag.errors.replacing("--\(name)", with: variable))
    }

    @Test func `all bad values are told at once`() throws {
      let result = try start(["--port", "x", "--log-format", "y"], ["CHATD_WS_PORT": "z"])
      #expect(result.exitCode == 78)
      let names = result.errorLines.map { $0.split(separator: ":")[1] }
      #expect(names == [" CHATD_WS_PORT", " --log-format", " --port"])
    }

    @Test(arguments: [
      ["start", "--prot", "1"], ["start", "--port"], ["start", "extra"], ["frobnicate"],
      ["check", "--json"],
    ])
    func `a command that is not understood is bad usage`(words: [String]) throws {
      let result = try RunningChatd.run(words, in: folder)
      #expect(result.exitCode == 64)
      #expect(result.output == "" && result.errors.contains("Usage: chatd"))
    }

    @Test(arguments: ["port", "ws-port"])
    func `a port that somebody else has is named`(option: String) throws {
      let taken = try TakenPort()
      let other = option == "port" ? "ws-port" : "port"
      let result = try start(["--\(option)", "\(taken.port)", "--\(other)", "0"])
      #expect(result.exitCode == 1)
      #expect(
        result.errorLines.last
          == "chatd: can't listen on 127.0.0.1:\(taken.port): Address already in use (--host, "
          + "--port and --ws-port say where)")
      #expect(!FileManager.default.fileExists(atPath: folder.card.path))
    }

    @Test func `a data folder that can't be made is told with the reason`() throws {
      let file = try folder.file("data", "a file")
      let result = try start(["--data", file.appendingPathComponent("deeper").path])
      #expect(result.exitCode == 1)
      #expect(
        result.errors == "chatd: data: \(file.path)/deeper can't be made: Not a directory\n")
    }
  }
}
