import ArgumentParser

/// The options of `chatd start` and `chatd check` (contract §2). Each is also an environment
/// variable `CHATD_…` and a key of
/// `chatd.toml`; what stands here outranks both.
struct Options: ParsableArguments {
  @Option(help: "The configuration file (default: ./chatd.toml if it is there).")
  var config: String?

  @Option(help: "The address to listen at (default: 127.0.0.1).")
  var host: String?

  @Option(help: "The port for HTTP and WebSocket; 0: any free one (default: 8084).")
  var port: String?

  @Option(help: "The port for WebSocket alone; 0: any free one (default: 8085).")
  var wsPort: String?

  @Option(help: "The folder for database and logs (default: $XDG_STATE_HOME/chatd).")
  var data: String?

  @Option(help: "A folder with children; may be repeated (default: ./children).")
  var children: [String] = []

  @Option(help: "The folder of the web interface (default: ./assets).")
  var assets: String?

  @Option(help: "A name that Host and Origin may bear besides; may be repeated.")
  var allowHost: [String] = []

  @Option(help: "claude, demo or off (default: claude with a key or another server, else off).")
  var assistant: String?

  @Option(help: "The model that answers.")
  var model: String?

  @Option(help: "The most tokens of an answer.")
  var maxTokens: String?

  @Option(help: "The most rounds of tools in an answer; 0: no tools (default: 10).")
  var maxToolRounds: String?

  @Option(help: "The system prompt.")
  var system: String?

  @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).")
  var logLevel: String?

  @Option(help: "text or json (default: text).")
  var logFormat: String?

  /// What was given, by the names of the configuration file; lists as they are joined in the
  /// environment.
  var given: [String: [String]] {
    var given: [String: [String]] = [:]
    let single: [(String, String?)] = [
      ("host", host), ("port", port), ("ws_port", wsPort), ("data", data), ("assets", assets),
      ("assistant", assistant), ("model", model), ("max_tokens", maxTokens),
      ("max_tool_rounds", maxToolRounds), ("system", system), ("log_level", logLevel),
      ("log_format", logFormat),
    ]
    for (key, value) in single { given[key] = value.map { [$0] } }
    if !children.isEmpty { given["children"] = children }
    if !allowHost.isEmpty { given["allow_host"] = allowHost }
    return given
  }
}
