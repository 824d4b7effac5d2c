// swift-tools-version:6.0
import PackageDescription

let package = Package(
  name: "{{name}}",
  targets: [
    .target(name: "ChildProtocol"),
    .executableTarget(name: "child", dependencies: ["ChildProtocol"]),
  ])
