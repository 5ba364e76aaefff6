import Foundation
import Testing

/// The order of the river: a target imports only what stands above it, and each external package has one importer
/// (Hummingbird two). Read from the sources, so that a new import cannot slip past the manifest.
@Suite struct ImportOrderTests {
  private static let river = [
    "CSodium", "CSQLite", "CProcess", "COpenSSL", "Migrations", "Sealing", "Storage", "Custody", "Exchange", "Catalogue", "OAuth", "Renewal",
    "Events", "Reseal", "Broker", "Sandbox", "ResealCommand",
  ]
  /// Which targets may import what comes from outside. Everybody may import these few.
  private static let vocabulary: Set = ["Foundation", "Glibc", "Dispatch", "Synchronization", "Logging", "CoreMetrics"]
  private static let importers: [String: Set<String>] = [
    "CSodium": ["Sealing"], "CSQLite": ["Storage"], "CProcess": ["Reseal"], "COpenSSL": ["OAuth"], "Migrations": ["Storage"], "GRDB": ["Storage"], "Yams": ["Catalogue"],
    "AsyncHTTPClient": ["Exchange"], "NIOCore": ["Exchange", "Broker", "Sandbox"], "NIOPosix": ["Exchange"],
    "NIOHTTP1": ["Exchange"], "NIOSSL": ["Exchange"], "Hummingbird": ["Broker", "Sandbox"], "HummingbirdCore": ["Broker"],
    "HTTPTypes": ["Broker", "Sandbox"], "ServiceLifecycle": ["Broker"], "ArgumentParser": ["ResealCommand"],
  ]

  @Test func everyTargetStandsInTheRiver() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
    #expect(Set(folders) == Set(Self.river).subtracting(["Migrations"]))
  }

  @Test(arguments: river) func importsOnlyWhatStandsAbove(_ target: String) throws {
    let position = try #require(Self.river.firstIndex(of: target))
    for (file, module) in try Self.imports(of: target) where !Self.vocabulary.contains(module) {
      if let importers = Self.importers[module] {
        #expect(importers.contains(target), "\(file) imports \(module)")
      } else {
        let other = try #require(Self.river.firstIndex(of: module), "\(file) imports \(module), which nobody knows")
        #expect(other < position, "\(file) imports \(module), which stands below")
      }
    }
  }

  /// The sandbox shares nothing with the vault, so that they cannot agree on the same mistake.
  @Test func theSandboxImportsNothingOfOurs() throws {
    let ours = try Self.imports(of: "Sandbox").map(\.module).filter { Self.river.contains($0) }
    #expect(ours == [])
  }

  /// Each of the objects that carry power is made in one place.
  @Test(arguments: [
    ("Custodian(store:", ["Custody"]), ("HTTPExchange(", ["Reseal"]), ("DatabasePool(", ["Storage"]),
    ("VaultKeys(", ["Custody"]), ("ProviderEndpoints(exchange:", ["Reseal"]), ("Refresher(", ["Reseal"]),
  ])
  func powerIsMadeInOnePlace(_ construction: String, _ makers: [String]) throws {
    let found = try Self.river.filter { target in
      try Self.files(of: target).contains { file in
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").contains { line in
          line.contains(construction) && !line.contains("init(") && !line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
        }
      }
    }
    #expect(found == makers)
  }

  /// Broker and command call verbs: neither ever holds the custodian, the store or the exchange.
  @Test(arguments: ["Broker", "ResealCommand"]) func holdsNoPower(_ target: String) throws {
    for file in try Self.files(of: target) {
      let text = try String(contentsOf: file, encoding: .utf8)
      for power in ["custodian", "Custodian", "HTTPExchange", "DatabasePool", "WriteTransaction"] {
        #expect(!text.contains(power), "\(file.lastPathComponent) names \(power)")
      }
    }
  }

  /// What is printed goes by `Output`, which notices when it cannot be written. (A `try print` is one of ours.)
  @Test func whatIsPrintedIsNoticed() throws {
    for file in try Self.files(of: "ResealCommand") {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let prints = line.contains("Swift.print(") || line.firstMatch(of: #/(^|[^.\w])print\(/#) != nil
        #expect(
          !prints || line.contains("try print(") || line.contains("func print("), "\(file.lastPathComponent): \(line)")
        #expect(!line.contains("standardOutput"), "\(file.lastPathComponent): \(line)")
      }
    }
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let sources = root.appendingPathComponent("Sources")

  private static func files(of target: String) throws -> [URL] {
    let folder = target == "Migrations" ? root.appendingPathComponent(target) : sources.appendingPathComponent(target)
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
  }

  private static func imports(of target: String) throws -> [(file: String, module: String)] {
    try files(of: target).flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        line.firstMatch(of: #/^(?:@\w+ )?(?:internal |package |public |private |fileprivate )?import (?:struct |class |enum |func )?(\w+)/#)
          .map { (file.lastPathComponent, String($0.1)) }
      }
    }
  }
}
