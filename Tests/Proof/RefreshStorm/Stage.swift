import Custody
import FamilyProvider
import Foundation
import Logging
import OAuth
import Renewal
import Reseal
import Sealing
import Storage

/// One integration and the family that it holds a token of.
struct Subject: Sendable {
  let integration: UUID
  let family: Int
}

/// A vault in a folder, a provider of one class on loopback, one virtual time for both.
final class Stage: Sendable {
  static let lifetime: Int64 = 900_000
  /// By then every refresh is due, and an old token lives three minutes more.
  static let due = Duration.seconds(721)
  let folder: String
  let clock: SharedClock
  let provider: Provider
  let server: ProviderServer
  let workspace = UUID()
  /// The database without the vault: for what happens behind its back.
  let file: Store

  var database: String { folder + "/vault.db" }
  var key: String { folder + "/root.key" }

  init(_ word: String) async throws {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = "\(root)/reseal-storm-\(getpid())-\(word)"
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder + "/providers", withIntermediateDirectories: true)
    let clock = SharedClock(folder + "/clock")
    self.clock = clock
    provider = Provider(Self.rotation(word), lifetime: Self.lifetime, now: { clock.milliseconds })
    server = ProviderServer(provider)
    try Data(server.providerFile(slug: "storm").utf8).write(to: URL(filePath: folder + "/providers/storm.yaml"))
    let rootKey = RootKeySource.file(path: folder + "/root.key")
    try await Assembly.create(at: folder + "/vault.db", rootKey: rootKey, clocks: clock.clocks)
    file = try Store.open(at: folder + "/vault.db")
    let engine = try await open(Strike())
    try await engine.workspaces.create(id: workspace, name: "Storm", origins: [], by: .commandLine)
    // One for each subject of a batch: the breaker of one connector stops all of its refreshes, and is not at stake here.
    for number in 0..<Abandonment.batch {
      _ = try await engine.connectors.add(
        ConnectorDraft(
          slug: "storm-\(number)", provider: "storm", clientID: "client", scopes: [], identityPolicy: .any,
          importPolicy: .immediate, parameters: [:]),
        clientSecret: Secret(copying: Array("secret".utf8)), workspace: workspace, by: .commandLine)
    }
    await engine.shutdown()
  }

  func end() {
    try? file.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  func open(_ strike: Strike) async throws -> Assembly {
    try await Self.open(database, key, folder + "/providers", clock, strike)
  }

  static func open(
    _ database: String, _ key: String, _ providers: String, _ clock: SharedClock, _ strike: Strike
  ) async throws -> Assembly {
    var options = AssemblyOptions(
      database: database, rootKey: .file(path: key), log: Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() })
    options.providers = providers
    options.allowsPrivateAddresses = true
    options.clocks = clock.clocks
    options.faults = strike.faults
    return try await Assembly.open(options)
  }

  /// New integrations with a token each, of all connectors in turn, and no memory of the last ones.
  func subjects(_ count: Int, by engine: Assembly) async throws -> [Subject] {
    var subjects: [Subject] = []
    for number in 0..<count {
      let (family, access) = provider.grant()
      let subject = Subject(integration: UUID(), family: family)
      var fields = CredentialFieldsWriter()
      fields.add("access_token", Secret(copying: Array(Token(family: family, number: access).text("at").utf8)))
      fields.add("refresh_token", Secret(copying: Array(Token(family: family, number: 0).text("rt").utf8)))
      _ = try await engine.integrations.put(
        fields.finish(), kind: .oauth2, expiresAt: clock.now + .milliseconds(Self.lifetime),
        integration: subject.integration, workspace: workspace, connector: "storm-\(number % Abandonment.batch)", customer: "customer",
        by: .commandLine)
      subjects.append(subject)
    }
    return subjects
  }

  /// What a process that is gone leaves of its claims: its name, which nobody bears any more.
  func loseClaims(of subjects: [Subject]) async throws {
    let gone = ProcessIdentity.current().text.split(separator: ":", omittingEmptySubsequences: false)
    let name = "999999999:1:\(gone[2]):dead"
    try await file.write(.normal) { tx in
      for subject in subjects {
        guard var row = try tx.row(ScheduleRow.self, .uuid(subject.integration)), row.claimOwner != nil else { continue }
        row.claimOwner = name
        try tx.update(row)
      }
    }
  }

  /// Nothing becomes due of these any more.
  func dismiss(_ subjects: [Subject]) async throws {
    let workspace = workspace
    try await file.write(.normal) { tx in
      for subject in subjects { try tx.schedule(subject.integration, workspace: workspace, refreshAt: nil, failures: 0) }
    }
  }

  private static func rotation(_ word: String) -> Rotation {
    switch word {
    case "N": .never
    case "S": .lenient
    case "G": .grace(30_000)
    default: .strict
    }
  }
}
