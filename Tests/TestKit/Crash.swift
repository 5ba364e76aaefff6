import Custody
import Foundation
import Renewal
import Sealing
import Storage

extension World {
  /// Makes the holder of a refresh claim a process of this machine that no longer runs.
  package func killClaimHolder(_ integration: UUID) async throws {
    let namespace = ProcessIdentity.current().text.split(separator: ":")[2]
    try await file.write(.normal) { tx in
      guard var row = try tx.row(ScheduleRow.self, .uuid(integration)), row.claimOwner != nil else {
        throw WaitedTooLong(what: "a claim")
      }
      row.claimOwner = "999999999:1:\(namespace):dead"
      try tx.update(row)
    }
  }

  /// Moves a scheduled refresh.
  package func schedule(_ integration: UUID, at instant: Instant?) async throws {
    let workspace = workspace
    try await file.write(.normal) { tx in
      try tx.schedule(integration, workspace: workspace, refreshAt: instant, failures: 0)
    }
  }

  /// Makes a refresh due now that has failed before.
  package func failAgain(_ integration: UUID) async throws {
    let (workspace, now) = (workspace, time.now)
    try await file.write(.normal) { tx in
      try tx.schedule(integration, workspace: workspace, refreshAt: now, failures: 1)
    }
  }

  /// Changes an integration's row as somebody would who writes the file: its MAC stays as it was.
  package func tamper(with integration: UUID) async throws {
    var row = try head(integration)
    row.name = "tampered"
    let tampered = row
    try await file.write(.normal) { try $0.update(tampered) }
  }

  /// Names of the secrets that lie sealed and are not a connector's.
  package func leftovers() throws -> [String] {
    try custodian.view { try $0.rows(SealedSecretRow.self, matching: ["workspace": .uuid(workspace)]) }
      .map(\.name).filter { !$0.hasPrefix("connector/") }
  }

  /// Stores a credential that the company brings along; a new integration where `integration` is `nil`.
  @discardableResult
  package func put(
    _ fields: [String: String], kind: CredentialKind = .oauth2, lifetime: Duration? = nil,
    integration: UUID = UUID(), connector: String = "sandbox", customer: String = World.customer
  ) async throws -> UUID {
    var writer = CredentialFieldsWriter()
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
      writer.add(name, Secret(copying: Array(value.utf8)))
    }
    _ = try await assembly.integrations.put(
      writer.finish(), kind: kind, expiresAt: lifetime.map { time.now + $0 }, integration: integration,
      workspace: workspace, connector: connector, customer: customer, by: .commandLine)
    return integration
  }
}
