import Testing

@testable import ChatCore

@Suite struct DraftTests {
  private let known = Set(["dice", "a-b", "a_b", "0", "sentiment"].map { ChildID($0) })

  private func fault(_ draft: Draft) -> ChatError? {
    do throws(ChatError) {
      _ = try draft.checked(known: known)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["", " ", "\n\t \u{3000}\u{A0}", "\u{0}", "\u{1}\u{7F}\u{85} \u{9F}"])
  func `A message without anything to read in it is refused`(content: String) {
    let expected = ChatError.invalid(field: "content", expected: "text that is not empty")
    #expect(fault(Draft(content: content)) == expected)
  }

  @Test func `A message may have as many bytes as the contract says and no more`() {
    let longest = String(repeating: "é", count: 128 << 10)
    #expect(fault(Draft(content: longest)) == nil)
    #expect(
      fault(Draft(content: longest + "x"))
        == .invalid(field: "content", expected: "at most 262144 bytes of UTF-8, got 262145"))
  }

  @Test func `A client's name for it has a length`() {
    #expect(fault(Draft(content: "x", clientMessageID: "1")) == nil)
    let longest = String(repeating: "é", count: 64)
    #expect(fault(Draft(content: "x", clientMessageID: longest)) == nil)
    for name in ["", longest + "x"] {
      #expect(
        fault(Draft(content: "x", clientMessageID: name))
          == .invalid(field: "client_msg_id", expected: "1 to 128 bytes"))
    }
  }

  @Test func `Whom it is for is sorted, each once, and outranks the text`() throws {
    let to = ["sentiment", "dice", "sentiment"].map { ChildID($0) }
    let draft = try Draft(content: "@0 hello", to: to).checked(known: known)
    #expect(draft.to?.map(\.text) == ["dice", "sentiment"])
  }

  @Test func `It can't be for nobody or for a stranger`() {
    #expect(
      fault(Draft(content: "x", to: []))
        == .invalid(field: "to", expected: "at least one child"))
    #expect(
      fault(Draft(content: "x", to: [ChildID("dice"), ChildID("x")]))
        == .invalid(field: "to", expected: "names of children; there is no child \"x\""))
  }

  @Test(arguments: [
    ("@dice", ["dice"]), ("roll, @dice", ["dice"]), ("@dice, roll", ["dice"]),
    ("(@dice)", ["dice"]),
    ("@dice @sentiment", ["dice", "sentiment"]), ("@sentiment @dice @dice", ["dice", "sentiment"]),
    ("a\n@dice", ["dice"]), ("a\r\n@dice\r\nb", ["dice"]), ("@dice's", ["dice"]),
    ("@dice.", ["dice"]),
    ("é: @dice—now", ["dice"]), ("@a-b @a_b @0", ["0", "a-b", "a_b"]), ("¿@dice?", ["dice"]),
    ("\u{3000}@dice", ["dice"]), ("🎲@dice🎲", ["dice"]), ("请@dice掷", ["dice"]), ("@dice-", ["dice"]),
    ("@dice_ @0--", ["0", "dice"]),
  ])
  func `A child named in the text is meant`(text: String, names: [String]) throws {
    #expect(try Draft(content: text).checked(known: known).to?.map(\.text) == names)
  }

  @Test(arguments: [
    "dice", "@", "@ dice", "me@dice", "me@dice.org", "_@dice", "-@dice", ".@dice",
    "@@dice", "@dices", "@dice2", "@Dice", "@unknown", "@-dice", "@diceX", "@a-b-c", "9@dice",
  ])
  func `What is no such name is nobody`(text: String) throws {
    #expect(try Draft(content: text).checked(known: known).to == nil)
  }

  @Test func `A text full of marks is read as fast as any`() throws {
    let text = String(repeating: "@dice-@", count: 37_000)
    #expect(try Draft(content: text).checked(known: known).to?.map(\.text) == ["dice"])
  }
}
