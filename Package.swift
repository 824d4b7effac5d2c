// swift-tools-version:6.2
import PackageDescription

/// Held by every Swift target: the field's strictness, so that a leak of one module's library into
/// another's interface has to be written down (`package import`) and a warning never lands.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let c: [CSetting] = [
  .unsafeFlags(["-std=gnu11", "-Wall", "-Wextra", "-Werror"])
]

let package = Package(
  name: "chatd",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "chatd", targets: ["chatd"]),
    .executable(name: "chatd-warden", targets: ["chatd-warden"]),
    .executable(name: "keeper", targets: ["keeper"]),
    .executable(name: "wordcount", targets: ["wordcount"]),
    .library(name: "ChildProtocol", targets: ["ChildProtocol"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // The wire between chatd and a child; the one library that others link.
    .target(name: "ChildProtocol", swiftSettings: strict),
    // Values, rules and ports: no I/O. Of the wire it uses the JSON value alone.
    .target(name: "ChatCore", dependencies: ["ChildProtocol"], swiftSettings: strict),

    // One technology each, blind to one another.
    .target(
      name: "ChatChildren",
      dependencies: [
        "ChatCore", "ChildProtocol", "CWarden", "TOMLKit",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .target(
      name: "ChatStore",
      dependencies: [
        "ChatCore", "ChildProtocol", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "ChatClaude",
      dependencies: [
        "ChatCore", "ChildProtocol", "CCurl", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "ChatWeb",
      dependencies: [
        "ChatCore", "ChildProtocol", "CZlib",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], swiftSettings: strict),

    // What authors of children work with: scaffold, filter adapter, checker, console.
    .target(
      name: "ChildAuthoring",
      dependencies: [
        "CArchive", "CAuthoring", "CZlib", "ChatChildren", "ChatCore", "ChildProtocol",
      ],
      swiftSettings: strict),

    // C stands only where Swift can't go.
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CAuthoring"),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CWarden", cSettings: c),
    .executableTarget(name: "chatd-warden", dependencies: ["CWarden"], cSettings: c),

    .executableTarget(
      name: "chatd",
      dependencies: [
        "ChatCore", "ChildProtocol", "ChatChildren", "ChatStore", "ChatClaude", "ChatWeb",
        "ChildAuthoring",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),

    // An example child in Swift: it links the wire and nothing else.
    .executableTarget(
      name: "keeper", dependencies: ["ChildProtocol"], path: "children/keeper",
      exclude: ["manifest.toml"], swiftSettings: strict),
    // One in C, which links nothing at all.
    .executableTarget(
      name: "wordcount", path: "children/wordcount", exclude: ["manifest.toml"], cSettings: c),

    .target(
      name: "TestSupport",
      dependencies: [
        "ChatCore", "ChildProtocol",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], path: "Tests/Support",
      exclude: [
        "messages_api", "messages_api.py", "test_messages_api.py",
        "test_messages_api_http2.py", "test_messages_api_prefix.py", "test_messages_api_proxy.py",
        "test_messages_api_rounds.py", "test_messages_api_scenarios.py",
        "test_messages_api_tools.py",
      ], swiftSettings: strict),
    .testTarget(
      name: "ChatCoreTests", dependencies: ["ChatCore", "ChildProtocol", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ChildProtocolTests", dependencies: ["ChildProtocol", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ChatChildrenTests",
      dependencies: [
        "ChatChildren", "ChatCore", "ChildProtocol", "CWarden", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    .testTarget(
      name: "ChildAuthoringTests",
      dependencies: [
        "ChildAuthoring", "CArchive", "CZlib", "ChatChildren", "ChatCore", "ChildProtocol",
        "TestSupport",
      ], swiftSettings: strict),
    // Stands between SQLite and the disk, for tests that let the disk fail.
    .target(
      name: "CFaultVFS", path: "Tests/CFaultVFS", cSettings: c,
      linkerSettings: [.linkedLibrary("sqlite3")]),
    .testTarget(
      name: "ChatStoreTests",
      dependencies: [
        "ChatStore", "CFaultVFS", "ChatCore", "ChildProtocol", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .testTarget(
      name: "ChatClaudeTests",
      dependencies: [
        "ChatClaude", "CCurl", "ChatCore", "ChildProtocol", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ChatWebTests",
      dependencies: [
        "ChatWeb", "CZlib", "ChatCore", "ChildProtocol", "TestSupport",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], swiftSettings: strict),
    .testTarget(
      name: "SystemTests", dependencies: ["ChatCore", "ChildProtocol", "TestSupport"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
