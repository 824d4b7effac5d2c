import ChatCore
import Foundation

extension ClaudeError {
  /// What happened and what would help, in a sentence; `host` and `model` are what was asked.
  func reason(host: String, model: String) -> String {
    switch self {
    case .noKey:
      "There is no API key: set ANTHROPIC_API_KEY or put the key into assets/api-key.txt, and "
        + "start chatd again."
    case .invalidKey:
      "The API key holds characters that no key has, such as a line break: check "
        + "ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN or assets/api-key.txt."
    case .invalidBaseURL(let url):
      "The address of the Messages API has to be like \(ClaudeConfiguration.defaultBaseURL), "
        + "and is \"\(url)\": \(Self.addressAdvice)."
    case .status(let refusal): refusal.reason(host: host, model: model)
    case .network(let failure): failure.reason(host: host)
    case .notStream(let type, let excerpt):
      "\(host) answered with \(type) and not with a stream of events, so there may be a sign-in "
        + "page or a proxy before it\(Self.quoted(excerpt)): check the network, and "
        + "\(Self.addressAdvice)."
    case .unreadable(let detail):
      "\(host) sent an answer that can't be read (\(detail)): try again, and if it goes on "
        + "\(Self.addressAdvice)."
    case .broken(let type, let message):
      switch type {
      case ServerRefusal.spendLimit: ServerRefusal.spendLimitSentence(" (\(message))")
      case "overloaded_error":
        "\(host) is overloaded and broke its answer off: try again in a moment."
      default: "\(host) broke its answer off (\(message)): try again."
      }
    case .cutOff: "The answer of \(host) ended before it was complete: try again."
    case .refused(let explanation):
      "\(model) declined to answer this\(explanation.map { " (\($0))" } ?? ""): say it in other "
        + "words, or start a new thread."
    case .contextExceeded:
      "The conversation has become longer than \(model) can read: start a new thread."
    case .messageTooLong:
      "The message alone, without what was said before it, is longer than \(model) can read: make "
        + "it shorter, or set context_tokens in [claude] of chatd.toml if that is wrong."
    case .nothingWithinLimit(let count):
      "\(model) used up all \(count) tokens before it wrote a word: raise the "
        + "limit of this thread, or --max-tokens."
    }
  }

  /// Where the server's address is set.
  fileprivate static let addressAdvice =
    "check ANTHROPIC_BASE_URL, or base_url in [claude] of chatd.toml"

  /// What happened, in a sentence: for when it is asked again anyway, so without the advice to do
  /// so and without what only support needs.
  func cause(host: String, model: String) -> String {
    let sentence =
      if case .status(let refusal) = self {
        refusal.sentence(host: host, model: model)
      } else {
        reason(host: host, model: model)
      }
    guard let advice = sentence.range(of: ": try again", options: .backwards) else {
      return sentence
    }
    return sentence[..<advice.lowerBound] + "."
  }

  fileprivate static func quoted(_ excerpt: String) -> String {
    excerpt.isEmpty ? "" : " (it says: \(excerpt))"
  }
}

extension ServerRefusal {
  fileprivate func reason(host: String, model: String) -> String {
    sentence(host: host, model: model) + (requestID.map { " [\($0)]" } ?? "")
  }

  fileprivate static func spendLimitSentence(_ said: String) -> String {
    "The account's spend limit is reached\(said): raise it, or wait until it starts anew."
  }

  fileprivate func sentence(host: String, model: String) -> String {
    let words = Excerpt.of(message.utf8, limit: Excerpt.sentenceByteLimit)
    let said = words.isEmpty ? "" : " (\(words))"
    switch status {
    case _ where isSpendLimit:
      return Self.spendLimitSentence(said)
    case 300..<400:
      return
        "\(host) redirects to \(location ?? "another address"), and redirects are not followed: "
        + "set ANTHROPIC_BASE_URL, or base_url in [claude] of chatd.toml, to where the API is."
    case 401:
      return "\(host) does not accept the API key\(said): check ANTHROPIC_API_KEY, "
        + "ANTHROPIC_AUTH_TOKEN or assets/api-key.txt."
    case 402: return "The account's billing does not allow it\(said): see its billing settings."
    case 403 where type != nil:
      return "The API key may not do this\(said): check its permissions, and the model \(model)."
    case 404 where type != nil:
      return "\(host) does not know the model \(model)\(said): choose another one for this "
        + "thread, or with --model."
    // Over plain HTTP a proxy's refusal comes as the answer itself.
    case 407: return TransferFailure.proxyRefusal(status, host: host, details: said)
    case 413:
      return "The conversation is larger than \(host) accepts (32 MB at most): start a new thread."
    case 429:
      return "\(host) allows no more for now\(said): try again \(advice.wait)."
    case 529: return "\(host) is overloaded\(said): try again \(advice.wait)."
    case 408, 504: return "\(host) took too long\(said): try again."
    case _ where type == nil: return foreignSentence(host: host)
    case 500...: return "\(host) failed with status \(status)\(said): try again \(advice.wait)."
    default:
      return "\(host) refused the request with status \(status)\(said): try again, and if it goes "
        + "on choose another model or start a new thread."
    }
  }

  /// For a body that is not the API's.
  private func foreignSentence(host: String) -> String {
    let what = "\(host) answered with status \(status)\(ClaudeError.quoted(message))"
    return status >= 500
      ? what + ": try again \(advice.wait)."
      : what + ": there may be no Messages API or a proxy before it, "
        + "\(ClaudeError.addressAdvice)."
  }
}

extension RetryAdvice {
  /// When to try again, in words.
  fileprivate var wait: String {
    guard let delay, delay > .seconds(1) else { return "in a moment" }
    let seconds = delay.components.seconds + (delay.components.attoseconds > 0 ? 1 : 0)
    return seconds < 120 ? "in \(seconds) s" : "in \((seconds + 59) / 60) minutes"
  }
}

extension TransferFailure {
  fileprivate func reason(host: String) -> String {
    let details = detail.isEmpty ? "" : " (\(detail))"
    switch kind {
    case .unknownHost:
      return "The host \(host) can't be found: check the network connection, and "
        + "\(ClaudeError.addressAdvice)."
    case .unknownProxy:
      return "The proxy can't be found\(details): check \(Self.proxySettings)."
    case .noConnection:
      return "There is no connection to \(host)\(details): check the network, a proxy in between, "
        + "and that a server runs there."
    case .proxyRefused:
      return Self.proxyRefusal(proxyStatus, host: host, details: details)
    case .connectTimeout:
      return "\(host) took no connection within the time limit\(details): check the network, a "
        + "proxy or a firewall, or raise connect_timeout_ms in [claude] of chatd.toml."
    case .idleTimeout:
      return "\(host) fell silent\(details): try again, or raise idle_timeout_ms in [claude] of "
        + "chatd.toml if it needs longer."
    case .totalTimeout:
      return "The answer of \(host) took longer than the time limit\(details): try again, or raise "
        + "total_timeout_ms in [claude] of chatd.toml."
    case .tls:
      return "No TLS connection to \(host) came about\(details): check the proxy, and whether the "
        + "server's address begins with https or http (ANTHROPIC_BASE_URL, or base_url in [claude] "
        + "of chatd.toml)."
    case .certificate:
      return
        "The TLS certificate of \(host) can't be trusted\(details): check the computer's clock and "
        + "certificates, and whether a proxy opens TLS; a certificate authority of your own is named "
        + "by ca_file in [claude] of chatd.toml."
    case .certificateFile:
      return
        "The file of trusted certificates can't be used\(details): check ca_file in [claude] of "
        + "chatd.toml."
    case .broken: return "The connection to \(host) broke\(details): try again."
    case .notHTTP:
      return "What answers at \(host) does not speak HTTP: \(ClaudeError.addressAdvice)."
    case .invalidURL:
      return "The address of \(host) can't be used\(details): \(ClaudeError.addressAdvice)."
    case .unsupported:
      return "This computer's libcurl can't do what the request to \(host) needs\(details): check "
        + "that libcurl is installed with TLS, and \(ClaudeError.addressAdvice)."
    case .exhausted:
      return "This computer has no memory or no connection left for the request to \(host)"
        + "\(details): end some programs and try again."
    case .closed: return "chatd is ending."
    case .other:
      return "The request to \(host) failed\(details): try again, and look at the network and the "
        + "proxy if it goes on."
    }
  }

  /// Where a proxy is named.
  private static let proxySettings =
    "proxy in [claude] of chatd.toml, or https_proxy and http_proxy"

  /// Why a proxy lets nothing through, by the status that it gave.
  fileprivate static func proxyRefusal(_ status: Int?, host: String, details: String) -> String {
    switch status {
    case 407:
      "The proxy wants a user name and a password\(details): put them into its address, as in "
        + "http://NAME:PASSWORD@PROXY:PORT, which is \(proxySettings)."
    case 403:
      "The proxy does not let anybody through to \(host)\(details): ask whoever runs it, or set "
        + "another one, which is \(proxySettings)."
    case let status? where status >= 500:
      "The proxy does not get through to \(host)\(details): try again in a moment, and check the "
        + "network."
    default:
      "The proxy refuses to connect to \(host)\(details): check \(proxySettings)."
    }
  }
}
