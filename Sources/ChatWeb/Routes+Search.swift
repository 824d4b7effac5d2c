import ChatCore
import ChildProtocol
import Hummingbird

extension Routes {
  /// Adds the search.
  func addSearch(_ router: Router<Context>) {
    resource(
      router, "/api/search", [.get: { request, _ in try await search(Query(request)) }])
  }

  private func search(_ query: Query) async throws -> Response {
    var wanted = SearchQuery(
      query.text("q") ?? "", thread: query.text("thread").map { ThreadID($0) },
      before: query.text("before").map { EntryID($0) })
    wanted.limit = try query.number("limit", in: SearchQuery.limits) ?? wanted.limit
    let page = try await api.reader.search(wanted)
    return Self.json {
      $0.field("query", wanted.text)
      $0.list("hits", page.hits) { $0.write(to: &$1) }
      $0.field("next", page.next?.text)
      $0.field("seq", page.seq)
    }
  }
}

extension SearchHit {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.key("entry")
      entry.writeOutline(to: &$0)
      $0.field("thread", entry.thread.text)
      $0.field("child_id", child?.text)
      $0.list("snippet", snippet) { piece, writer in
        writer.object {
          $0.field("text", piece.text)
          $0.field("match", piece.isMatch)
        }
      }
    }
  }
}
