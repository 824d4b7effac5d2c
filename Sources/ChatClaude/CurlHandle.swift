import CCurl

/// A transfer as libcurl's thread sees it: the easy handle, its callbacks, and its silence.
final class CurlHandle {
  let easy: UnsafeMutableRawPointer
  let transfer: Transfer
  /// When it has to be looked at if nothing happens.
  private(set) var deadline: ContinuousClock.Instant
  private var lastActivity: ContinuousClock.Instant
  private var uploadedCount: curl_off_t = 0
  private var isReleased = false
  private let intake: Intake
  private var head = HTTPHead.Reader()
  private let errorText: UnsafeMutablePointer<CChar>
  private var headers: UnsafeMutablePointer<curl_slist>?

  /// A handle that is ready to be added; nil where libcurl has no memory or refuses an option.
  init?(_ transfer: Transfer, _ intake: Intake, now: ContinuousClock.Instant) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.intake = intake
    self.transfer = transfer
    lastActivity = now
    deadline = now + transfer.request.idleTimeout
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    guard setRequest(transfer.request), setConnection(transfer.request), setCallbacks() else {
      return nil
    }
  }

  /// Frees everything. The loop has removed the handle from the multi handle before.
  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headers)
    errorText.deallocate()
  }

  /// The handle of an easy handle of ours.
  static func of(_ easy: UnsafeMutableRawPointer?) -> CurlHandle? {
    var context: UnsafeMutablePointer<CChar>?
    guard ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK else { return nil }
    return of(context: context)
  }

  fileprivate static func of(context: UnsafeMutableRawPointer?) -> CurlHandle? {
    context.map { Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setRequest(_ request: HTTPRequest) -> Bool {
    for header in request.headers { addHeader("\(header.name): \(header.value)") }
    // libcurl would ask leave for a large body, wait a second for it, and confuse some servers.
    addHeader("Expect:")
    var results = [
      ccurl_set_string(easy, CURLOPT_URL, request.url),
      ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers),
      // Asks for no compression, which makes proxies hold back a stream, but undoes it where it
      // comes all the same.
      ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "identity"),
    ]
    if let body = request.body {
      results.append(ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
      results.append(
        body.withUnsafeBytes {
          // libcurl copies it; the pointer is not const only because the wrapper serves all
          // pointers.
          ccurl_set_pointer(
            easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
        })
    }
    return results.allSatisfy { $0 == CURLE_OK }
  }

  private func addHeader(_ line: String) {
    // Null for want of memory; the list there was stays as it is.
    headers = curl_slist_append(headers, line) ?? headers
  }

  private func setConnection(_ request: HTTPRequest) -> Bool {
    let results = [
      ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
      // A redirect could carry the key to another host.
      ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
      ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1),
      ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2),
      request.certificateFile.map { ccurl_set_string(easy, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
      // For a proxy that itself is reached over TLS.
      request.certificateFile.map { ccurl_set_string(easy, CURLOPT_PROXY_CAINFO, $0) } ?? CURLE_OK,
      request.proxy.map { ccurl_set_string(easy, CURLOPT_PROXY, $0) } ?? CURLE_OK,
      // Signals are the process's own; name look-ups time out without them.
      ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1),
      ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1),
      // A stream of HTTP/2 waits for the connection that is being made instead of making another.
      // Only TLS says whether it will be one; without, all would wait for the first answer's end.
      ccurl_set_long(easy, CURLOPT_PIPEWAIT, request.url.hasPrefix("https:") ? 1 : 0),
      ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.curlMilliseconds),
      ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, request.totalTimeout.curlMilliseconds),
    ]
    return results.allSatisfy { $0 == CURLE_OK }
  }

  private func setCallbacks() -> Bool {
    // Unretained: the loop keeps this object for as long as libcurl may call.
    let context = Unmanaged.passUnretained(self).toOpaque()
    let results = [
      ccurl_set_pointer(easy, CURLOPT_PRIVATE, context),
      ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
      ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      ccurl_set_callback(easy, CURLOPT_HEADERFUNCTION, receiveHeader),
      ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context),
      ccurl_set_callback(easy, CURLOPT_WRITEFUNCTION, receiveBody),
      ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context),
    ]
    return results.allSatisfy { $0 == CURLE_OK }
  }
}

extension CurlHandle {
  /// Lets a paused transfer go on.
  func resume(at now: ContinuousClock.Instant) {
    noteActivity(at: now)
    // May call `receiveBody` at once. A failure shows as the transfer's own at the next turn of the
    // loop.
    _ = ccurl_unpause(easy)
  }

  /// Has its connection closed with it, unless it is shared with others.
  ///
  /// libcurl 7.88 tells the end of a stream of HTTP/2 with the connection's next traffic: where there
  /// are others that comes soon, and where there are none the server would go on for nobody.
  func forbidReuse() { _ = ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1) }

  /// Lets it end in order until then; its reader has left.
  func release(until deadline: ContinuousClock.Instant) {
    isReleased = true
    self.deadline = deadline
    _ = ccurl_unpause(easy)
  }

  /// Judges a transfer whose deadline has passed: bytes sent meanwhile, or a reader that takes
  /// nothing, excuse it.
  func silence(at now: ContinuousClock.Instant) -> TransferFailure? {
    let limit = transfer.request.idleTimeout
    var count: curl_off_t = 0
    _ = ccurl_get_size(easy, CURLINFO_SIZE_UPLOAD_T, &count)
    if !isReleased, count > uploadedCount || transfer.isPaused {
      uploadedCount = count
      noteActivity(at: now)
      return nil
    }
    return TransferFailure(.idleTimeout, "not a byte for \(limit)")
  }

  /// The failure that a result of libcurl means.
  func failure(_ code: CURLcode) -> TransferFailure {
    var connected: curl_off_t = 0
    _ = ccurl_get_size(easy, CURLINFO_PRETRANSFER_TIME_T, &connected)
    var proxyStatus = 0
    _ = ccurl_get_long(easy, CURLINFO_HTTP_CONNECTCODE, &proxyStatus)
    return TransferFailure(
      code, detail: String(cString: errorText), isConnected: connected > 0,
      proxyStatus: proxyStatus)
  }

  private func noteActivity(at now: ContinuousClock.Instant) {
    guard !isReleased else { return }
    lastActivity = now
    deadline = now + transfer.request.idleTimeout
  }

  fileprivate func receive(header line: UnsafeBufferPointer<UInt8>) {
    noteActivity(at: .now)
    if let head = head.read(String(decoding: line, as: UTF8.self)) { transfer.receive(head) }
  }

  fileprivate func receive(body bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    noteActivity(at: .now)
    guard transfer.offer(bytes) else { return false }
    intake.note(transfer, byteCount: bytes.count)
    return true
  }
}

/// CURLOPT_HEADERFUNCTION: one line of a head.
private func receiveHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  CurlHandle.of(context: context)?.receive(header: buffer(bytes, size * count))
  return size * count
}

/// CURLOPT_WRITEFUNCTION: some bytes of the body.
private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let handle = CurlHandle.of(context: context) else { return 0 }
  return handle.receive(body: buffer(bytes, size * count))
    ? size * count : Int(CURL_WRITEFUNC_PAUSE)
}

private func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<
  UInt8
> {
  UnsafeRawBufferPointer(start: bytes, count: count).assumingMemoryBound(to: UInt8.self)
}

extension Duration {
  /// Whole milliseconds as libcurl counts them; at least 1, since 0 would mean no limit.
  fileprivate var curlMilliseconds: Int {
    Int(max(1, min(self / .milliseconds(1), Double(Int32.max))))
  }
}
