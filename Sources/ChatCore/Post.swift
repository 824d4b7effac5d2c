package import ChildProtocol

/// What a child says of its own accord.
package struct Post: Hashable, Sendable {
  /// Markdown.
  package var text: String
  /// Shown instead of the text, once the page has sanitised it.
  package var html: String?
  /// For programs.
  package var data: JSON?
  package var thread: ThreadID

  package init(text: String, html: String? = nil, data: JSON? = nil, thread: ThreadID = .main) {
    self.text = text
    self.html = html
    self.data = data
    self.thread = thread
  }
}
