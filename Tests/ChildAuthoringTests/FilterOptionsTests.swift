import Testing

@testable import ChildAuthoring

@Suite struct FilterOptionsTests {
  @Test func `each flag is a mode of its own`() throws {
    #expect(try FilterOptions(["wc", "-w"]).mode == .text)
    #expect(try FilterOptions(["jq"], json: true).mode == .json)
    #expect(try FilterOptions(["sed"], partial: true).mode == .partial)
    #expect(try FilterOptions(["sed"], lines: true).mode == .lines)
    #expect(try FilterOptions(["wc", "-w"]).words == ["wc", "-w"])
  }

  @Test func `without a program it says how one is named`() {
    for words in [[], [""]] {
      let error = #expect(throws: AuthoringError.self) { try FilterOptions(words) }
      #expect(error?.kind == .usage)
      #expect(error?.description.contains("chatd child exec -- wc -w") == true)
    }
  }

  @Test func `flags that exclude one another are named`() {
    let error = #expect(throws: AuthoringError.self) {
      try FilterOptions(["cat"], json: true, lines: true)
    }
    #expect(error?.description == "child exec: expected one of --json and --lines")
    #expect(throws: AuthoringError.self) {
      try FilterOptions(["cat"], json: true, partial: true, lines: true)
    }
  }

  @Test func `without chatd it says which line belongs into a manifest`() throws {
    let options = try FilterOptions(["jq", "a \"b\""], json: true)
    #expect(try options.socket(in: ["CHATD_SOCKET": "/run/s"]) == "/run/s")
    for environment in [[:], ["CHATD_SOCKET": ""]] {
      let error = #expect(throws: AuthoringError.self) { try options.socket(in: environment) }
      #expect(error?.kind == .usage)
      #expect(
        error?.description.hasSuffix(
          #"command = ["chatd", "child", "exec", "--json", "--", "jq", "a \"b\""]"#) == true)
    }
  }
}
