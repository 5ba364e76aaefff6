import Custody
import FamilyProvider
import Foundation
import Logging
import Renewal
import Reseal
import Sealing
import Storage
import Synchronization

/// One integration and the family that it holds a token of.
struct Guest: Sendable {
  let integration: UUID
  let family: Int
}

/// A vault in a temporary folder, with one connector whose provider stands on loopback. Real time.
final class Venue: Sendable {
  let folder: String
  let provider: Provider
  let server: ProviderServer
  let workspace = UUID()
  let meter: Meter
  /// Of access tokens, milliseconds.
  static let lifetime: Int64 = 3_600_000

  init(rate: Int? = nil, refusesClient: Bool = false) async throws {
    // Memory, where there is a file system of it: the disk's durability is not at stake here.
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = "\(root)/reseal-crowd-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder + "/providers", withIntermediateDirectories: true)
    let meter = Meter()
    self.meter = meter
    provider = Provider(.strict, lifetime: Self.lifetime, now: { meter.now() })
    server = ProviderServer(provider)
    try Data(server.providerFile(slug: "crowd", rate: rate).utf8).write(to: URL(filePath: folder + "/providers/crowd.yaml"))
    try await Assembly.create(at: folder + "/vault.db", rootKey: .file(path: folder + "/root.key"))
    let engine = try await open()
    try await engine.workspaces.create(id: workspace, name: "Crowd", origins: [], by: .commandLine)
    _ = try await engine.connectors.add(
      ConnectorDraft(
        slug: "crowd", provider: "crowd", clientID: "client", scopes: [], identityPolicy: .any,
        importPolicy: .immediate, parameters: [:]),
      clientSecret: Secret(copying: Array("secret".utf8)), workspace: workspace, by: .commandLine)
    await engine.shutdown()
  }

  func end() { try? FileManager.default.removeItem(atPath: folder) }

  func open() async throws -> Assembly {
    var options = AssemblyOptions(
      database: folder + "/vault.db", rootKey: .file(path: folder + "/root.key"),
      log: Logger(label: "crowd") { _ in SwiftLogNoOpLogHandler() })
    options.providers = folder + "/providers"
    options.allowsPrivateAddresses = true
    return try await Assembly.open(options)
  }

  /// So many integrations, put as a company would that brings its customers along. All their tokens end together.
  func admit(_ count: Int, expiresAt: Instant, by engine: Assembly) async throws -> [Guest] {
    var guests: [Guest] = []
    for _ in 0..<count {
      let (family, access) = provider.grant()
      let guest = Guest(integration: UUID(), family: family)
      var fields = CredentialFieldsWriter()
      fields.add("access_token", Secret(copying: Array(Token(family: family, number: access).text("at").utf8)))
      fields.add("refresh_token", Secret(copying: Array(Token(family: family, number: 0).text("rt").utf8)))
      _ = try await engine.integrations.put(
        fields.finish(), kind: .oauth2, expiresAt: expiresAt, integration: guest.integration, workspace: workspace,
        connector: "crowd", customer: "customer", by: .commandLine)
      guests.append(guest)
    }
    return guests
  }

  /// Makes all of them due at this very moment.
  func makeDue(_ guests: [Guest]) async throws {
    let file = try Store.open(at: folder + "/vault.db")
    let (workspace, now) = (workspace, Instant(Date()))
    try await file.write(.normal) { tx in
      for guest in guests { try tx.schedule(guest.integration, workspace: workspace, refreshAt: now, failures: 0) }
    }
    try file.close()
  }
}

/// The provider's clock; each look at it is a request for tokens, whose instant is kept.
final class Meter: Sendable {
  private let instants = Mutex<[Int64]>([])

  func now() -> Int64 {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    instants.withLock { $0.append(now) }
    return now
  }

  /// Forgets what was.
  func restart() { instants.withLock { $0 = [] } }

  var requests: Int { instants.withLock { $0.count } }

  /// The most requests within any second, and how long all of them took, milliseconds.
  var peak: (most: Int, took: Int64) {
    let all = instants.withLock { $0.sorted() }
    var (first, most) = (0, 0)
    for last in all.indices {
      while all[last] - all[first] >= 1000 { first += 1 }
      most = max(most, last - first + 1)
    }
    return (most, (all.last ?? 0) - (all.first ?? 0))
  }
}
