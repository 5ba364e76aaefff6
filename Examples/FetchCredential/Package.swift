// swift-tools-version:6.2
import PackageDescription

// A backend service, seen from outside: it depends on the library product alone.
let package = Package(
  name: "FetchCredential",
  dependencies: [.package(name: "reseal", path: "../..")],
  targets: [
    .executableTarget(
      name: "FetchCredential",
      dependencies: [.product(name: "Reseal", package: "reseal")],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ],
  swiftLanguageModes: [.v6]
)
