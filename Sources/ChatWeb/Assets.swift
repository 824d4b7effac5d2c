import ChatCore
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The files of the web interface.
///
/// A path is looked up among the files that were found, never made into a file's name, so no path
/// leads anywhere else: not to the API key, which may lie in this folder, nor out of it.
final class Assets: Sendable {
  private struct State {
    var files: [String: AssetFile] = [:]
    var readAt: ContinuousClock.Instant?
  }

  /// How old what is known of the folder may be: edits show at once to a person, and requests cost
  /// no look each.
  private static let freshness = Duration.milliseconds(250)

  private let folder: AssetFolder?
  private let state = Mutex(State())

  /// The files below `folder`; nil: none.
  init(folder: String?) { self.folder = folder.map { AssetFolder(path: $0) } }

  /// The file at a path as a request has it; nil: there is none.
  func file(at path: String) async -> AssetFile? {
    await load()
    guard let name = path.removingPercentEncoding else { return nil }
    return state.withLock { $0.files[name == "/" ? "/index.html" : name] }
  }

  /// Reads the folder again where what is known of it is old. What did not change is not read
  /// again.
  func load() async {
    let known = state.withLock { state -> [String: AssetFile]? in
      let isFresh = state.readAt.map { $0.duration(to: .now) < Self.freshness } ?? false
      guard !isFresh else { return nil }
      state.readAt = .now
      return state.files
    }
    guard let known, let folder else { return }
    // Reading files blocks, so it is done beside the threads that tasks share.
    let files = try? await NIOThreadPool.singleton.runIfActive { folder.files(known: known) }
    guard let files else { return }
    state.withLock { $0.files = files }
  }
}

/// One file of the web interface.
struct AssetFile: Sendable {
  /// What tells whether it is still the same on disk.
  let stamp: FileStamp
  let type: String
  let plain: AssetForm
  /// As gzip has it; nil where that is not smaller.
  let packed: AssetForm?

  /// What is shorter gains less than a packet.
  private static let packedByteCount = 1024

  /// Packs text; pictures and fonts are packed already.
  init(stamp: FileStamp, type: String, bytes: [UInt8]) {
    self.stamp = stamp
    self.type = type
    // FNV-1a: the tag tells versions apart, nobody's trust depends on it.
    let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let tag = "\(String(hash, radix: 16))-\(bytes.count)"
    plain = AssetForm(bytes: ByteBuffer(bytes: bytes), tag: "\"\(tag)\"")
    let isText = type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("xml")
    guard isText, bytes.count >= Self.packedByteCount, let gzip = Gzip.compressed(bytes),
      gzip.count < bytes.count
    else {
      packed = nil
      return
    }
    packed = AssetForm(bytes: ByteBuffer(bytes: gzip), tag: "\"\(tag)-gz\"")
  }
}

/// A file as it is sent.
struct AssetForm: Sendable {
  let bytes: ByteBuffer
  /// Strong: made of the content, and another for each coding (RFC 9110 §8.8.3.3).
  let tag: String
}
