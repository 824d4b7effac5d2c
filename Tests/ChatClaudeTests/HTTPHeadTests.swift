import Testing

@testable import ChatClaude

@Suite struct HTTPHeadTests {
  private func read(_ lines: String...) -> [HTTPHead] {
    var reader = HTTPHead.Reader()
    return lines.compactMap { reader.read($0 + "\r\n") }
  }

  @Test func `A head is a status and fields by lower-case names`() {
    let heads = read("HTTP/1.1 429 Too Many", "Retry-After: \t5 ", "X-Empty:", "odd", "")
    #expect(heads == [HTTPHead(status: 429, fields: ["retry-after": "5", "x-empty": ""])])
    #expect(heads.first?["retry-after"] == "5")
    #expect(heads.first?["content-type"] == nil)
  }

  @Test func `HTTP 2 has no reason phrase`() {
    #expect(read("HTTP/2 200", "") == [HTTPHead(status: 200)])
  }

  @Test func `Interim heads and trailers are passed over`() {
    let heads = read(
      "HTTP/1.1 100 Continue", "a: 1", "", "HTTP/1.1 200 OK", "b: 2", "", "trailer: 3", "")
    #expect(heads == [HTTPHead(status: 200, fields: ["b": "2"])])
  }

  @Test func `A server fills no memory with fields`() {
    var reader = HTTPHead.Reader()
    _ = reader.read("HTTP/1.1 200 OK\r\n")
    for number in 0..<1000 { _ = reader.read("x-\(number): 1\r\n") }
    let head = reader.read("\r\n")
    #expect(head?["x-0"] == "1")
    #expect(head?["x-999"] == nil)
  }
}
