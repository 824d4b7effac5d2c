import ChildProtocol
import Testing

@testable import ChatChildren

@Suite struct ReplyContentTests {
  private func reason(_ text: String) throws -> String? {
    guard case .unusable(let reason) = ReplyContent.read(try JSON(parsing: text.utf8)) else {
      return nil
    }
    return reason
  }

  @Test(arguments: ["null", "{}", #"{"decline":true}"#, #"{"decline":true,"text":"no"}"#])
  func `a child may say nothing`(result: String) throws {
    guard case .declined = ReplyContent.read(try JSON(parsing: result.utf8)) else {
      Issue.record("expected a decline")
      return
    }
  }

  @Test(
    arguments: [
      (#"{"text":"hi"}"#, "hi", nil, nil), (#"{"text":""}"#, "", nil, nil),
      (#"{"html":"<b>hi</b>"}"#, nil, "<b>hi</b>", nil),
      (#"{"data":false}"#, nil, nil, false), (#"{"data":[1.50]}"#, nil, nil, [.number("1.50")]),
      (#"{"text":"a","html":"b","data":{"c":1},"more":2}"#, "a", "b", ["c": 1]),
      (#"{"text":"a","html":null,"data":null}"#, "a", nil, nil),
      (#"{"text":"a","decline":false}"#, "a", nil, nil),
      (#"{"text":"a","decline":1}"#, "a", nil, nil),
      (#"{"text":"a","text":"b"}"#, "b", nil, nil),
    ] as [(String, String?, String?, JSON?)])
  func `an answer has text, html, data or some of them`(
    result: String, text: String?, html: String?, data: JSON?
  ) throws {
    guard case .reply(let content) = ReplyContent.read(try JSON(parsing: result.utf8)) else {
      Issue.record("expected a reply")
      return
    }
    #expect(content.text == text)
    #expect(content.html == html)
    #expect(content.data == data)
  }

  @Test(arguments: [
    ("1", "it answered with a number instead of an object with \"text\""),
    ("\"hi\"", "it answered with a string instead of an object with \"text\""),
    ("true", "it answered with a truth value instead of an object with \"text\""),
    ("[]", "it answered with an array instead of an object with \"text\""),
    (#"{"text":1}"#, "\"text\" of its answer is a number instead of a string"),
    (#"{"text":["hi"]}"#, "\"text\" of its answer is an array instead of a string"),
    (#"{"text":"hi","html":{}}"#, "\"html\" of its answer is an object instead of a string"),
    (#"{"text":null}"#, "its answer has neither \"text\", \"html\" nor \"data\""),
    (#"{"Text":"hi"}"#, "its answer has neither \"text\", \"html\" nor \"data\""),
    (#"{"decline":false}"#, "its answer has neither \"text\", \"html\" nor \"data\""),
  ]) func `anything else is unusable, with what it is`(result: String, words: String) throws {
    #expect(try reason(result) == words)
  }
}
