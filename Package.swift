// swift-tools-version:6.2
import PackageDescription

// The order of the targets is the order of the river: a target depends only on what stands above it.
// Each external package has one importer (Hummingbird two; swift-log and swift-metrics are vocabulary).

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")

/// What the tests of the upper targets are made of: the real thing, down to the provider.
let everything: [Target.Dependency] = [
  "Sealing", "Storage", "Custody", "Catalogue", "OAuth", "Exchange", "Renewal", "Events", "Reseal", "Sandbox", log,
]

/// The files in Sources/Catalogue/Providers.
let providers = [
  "asana", "atlassian", "auth0", "box", "discord", "dropbox", "github", "gitlab", "google", "hubspot",
  "linear", "microsoft", "okta", "quickbooks", "salesforce", "shopify", "slack", "spotify", "x", "xero",
  "zendesk", "zoho", "zoom",
]

let package = Package(
  name: "reseal",
  products: [
    .library(name: "Reseal", targets: ["Reseal"]),
    .executable(name: "reseal", targets: ["ResealCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CProcess"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "Migrations", path: "Migrations",
      resources: [.embedInCode("V0001_vault.sql")], swiftSettings: strict),

    .target(name: "Sealing", dependencies: ["CSodium"], swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: ["CSQLite", "Sealing", "Migrations", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(name: "Custody", dependencies: ["Sealing", "Storage", log], swiftSettings: strict),
    .target(
      name: "Exchange",
      dependencies: [
        "Sealing", log, .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], swiftSettings: strict),
    .target(
      name: "Catalogue", dependencies: [.product(name: "Yams", package: "Yams")],
      resources: providers.map { .embedInCode("Providers/\($0).yaml") },
      swiftSettings: strict),
    .target(
      name: "OAuth", dependencies: ["Sealing", "Exchange", "Catalogue", "COpenSSL", log], swiftSettings: strict),
    .target(
      name: "Renewal",
      dependencies: ["Sealing", "Storage", "Custody", "Exchange", "Catalogue", "OAuth", log, metrics],
      swiftSettings: strict),
    .target(name: "Events", dependencies: ["Storage", "Custody", log], swiftSettings: strict),
    .target(
      name: "Reseal",
      dependencies: [
        "CProcess", "Sealing", "Storage", "Custody", "Exchange", "Catalogue", "OAuth", "Renewal", "Events", log,
      ], swiftSettings: strict),
    .target(
      name: "Broker",
      dependencies: [
        "Sealing", "Storage", "Custody", "Catalogue", "OAuth", "Renewal", "Events", "Reseal", log, metrics, hummingbird,
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      resources: [
        .embedInCode("../../sdk/reseal.js"), .embedInCode("Pages/page.css"), .embedInCode("Pages/page.js"),
      ], swiftSettings: strict),
    .target(
      name: "Sandbox",
      dependencies: [
        log, hummingbird, .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "ResealCommand",
      dependencies: [
        "Sealing", "Storage", "Custody", "Catalogue", "OAuth", "Renewal", "Events", "Reseal", "Broker", "Sandbox",
        log, .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    .executableTarget(
      name: "Benchmarks", dependencies: ["Sealing", "Storage", "Custody"], path: "Benchmarks", swiftSettings: strict),

    .testTarget(name: "SealingTests", dependencies: ["Sealing", "CSodium"], resources: [.copy("Vectors")], swiftSettings: strict),
    .testTarget(
      name: "StorageTests",
      dependencies: ["Storage", "Sealing", "Migrations", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "CustodyTests",
      dependencies: ["Custody", "Storage", "Sealing", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(name: "Loopback", path: "Tests/Loopback", swiftSettings: strict),
    .testTarget(
      name: "ExchangeTests",
      dependencies: [
        "Exchange", "Sealing", "Loopback", log, .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .testTarget(name: "CatalogueTests", dependencies: ["Catalogue"], swiftSettings: strict),
    .testTarget(
      name: "OAuthTests", dependencies: ["OAuth", "Exchange", "Catalogue", "Sealing", "Loopback", "COpenSSL", log],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .target(
      name: "TestKit", dependencies: everything + ["COpenSSL"], path: "Tests/TestKit", swiftSettings: strict),
    .target(
      name: "Exploration", dependencies: ["Storage", "Catalogue", "Renewal"], path: "Tests/Exploration",
      swiftSettings: strict + [.unsafeFlags(["-O"])]),
    .testTarget(name: "RenewalTests", dependencies: everything + ["TestKit", "Exploration"], swiftSettings: strict),
    .testTarget(name: "EventsTests", dependencies: everything + ["TestKit"], swiftSettings: strict),
    .testTarget(name: "ResealTests", dependencies: everything + ["TestKit", "CProcess"], swiftSettings: strict),
    .testTarget(name: "HouseTests", swiftSettings: strict),
    .executableTarget(
      name: "FaultyVault", dependencies: ["Sealing", "Storage", "Custody", "Reseal", log],
      path: "Tests/Proof/FaultyVault", swiftSettings: strict),
    .target(name: "FamilyProvider", path: "Tests/Proof/FamilyProvider", swiftSettings: strict),
    .executableTarget(
      name: "RefreshStorm", dependencies: everything + ["FamilyProvider"], path: "Tests/Proof/RefreshStorm",
      swiftSettings: strict),
    .executableTarget(
      name: "Crowd", dependencies: everything + ["FamilyProvider"], path: "Tests/Proof/Crowd", swiftSettings: strict),
    .executableTarget(
      name: "StateSpace", dependencies: ["Exploration", "Catalogue"], path: "Tests/Proof/StateSpace",
      swiftSettings: strict),
    .testTarget(name: "SandboxTests", dependencies: ["Sandbox"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
