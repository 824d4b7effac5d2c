import Testing

@testable import ChildAuthoring

@Suite struct AuthoringErrorTests {
  @Test func `an error is printed as the sentence that it was made with`() {
    let error = AuthoringError(.child, "children/x: expected a manifest.toml")
    #expect("\(error)" == "children/x: expected a manifest.toml")
  }
}
