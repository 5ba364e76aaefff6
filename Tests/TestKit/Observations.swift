import Custody
import Foundation
import Renewal
import Reseal
import Sealing
import Storage

/// What a caller got, with the token as text: for tests only.
package enum Served: Sendable, Equatable {
  case token(String, version: Int64)
  case unavailable(Unavailability)

  package var version: Int64? { if case .token(_, let version) = self { version } else { nil } }
  package var token: String? { if case .token(let token, _) = self { token } else { nil } }
}

/// An integration and all its credentials, every column of them and their MACs.
package struct Snapshot: Sendable, Equatable {
  private let rows: [[ColumnValue]]
  private let macs: [[UInt8]]

  init(_ head: IntegrationRow, _ credentials: [CredentialRow]) {
    rows = [head.values] + credentials.map(\.values)
    macs = [head.seal.mac] + credentials.map(\.seal.mac)
  }
}

extension World {
  package func serve(
    _ integration: UUID, validFor: Duration = .seconds(1), by assembly: Assembly? = nil
  ) async throws -> Served {
    switch try await (assembly ?? self.assembly).supply.credential(
      of: integration, workspace: workspace, validFor: validFor, by: .library)
    {
    case .credential(let opened):
      let token = opened.fields.withField("access_token") { String(decoding: $0, as: UTF8.self) }
      return .token(token ?? "", version: opened.credential.version)
    case .unavailable(let reason): return .unavailable(reason)
    }
  }

  package func refresh(
    _ integration: UUID, _ trigger: RefreshTrigger = .due, by assembly: Assembly? = nil
  ) async throws -> RefreshOutcome {
    try await (assembly ?? self.assembly).refresher.refresh(integration, workspace: workspace, trigger: trigger)
  }

  /// A field of a version, as text.
  package func field(_ name: String, of integration: UUID, version: Int64? = nil) async throws -> String? {
    let opened = try await custodian.openCredential(
      of: integration, workspace: workspace, version: version, by: .commandLine, purpose: "test")
    return opened.fields.withField(name) { String(decoding: $0, as: UTF8.self) }
  }

  package func head(_ integration: UUID) throws -> IntegrationRow {
    try custodian.view { try $0.integration(integration, workspace: workspace) }
  }

  package func state(_ integration: UUID) throws -> PublishedState { PublishedState(try head(integration).state) }

  package func credentials(_ integration: UUID) throws -> [CredentialRow] {
    try custodian.view { try $0.rows(matching: ["integration": .uuid(integration)]) }
  }

  package func snapshot(_ integration: UUID) throws -> Snapshot {
    Snapshot(try head(integration), try credentials(integration))
  }

  package func schedule(_ integration: UUID) throws -> ScheduleRow? {
    try custodian.view { try $0.unauthenticated.row(ScheduleRow.self, .uuid(integration)) }
  }

  /// The uses of its refresh tokens, oldest first.
  package func refreshAttempts(_ integration: UUID) throws -> [RefreshAttemptRow] {
    try custodian.view { try $0.rows(matching: ["integration": .uuid(integration)]) }
  }

  package func attempt(_ attempt: UUID) throws -> AttemptRow? {
    try custodian.view { try $0.row(AttemptRow.self, .uuid(attempt)) }
  }

  /// The attempts of an integration, oldest first.
  package func attempts(of integration: UUID) throws -> [AttemptRow] {
    try custodian.view { try $0.rows(AttemptRow.self, matching: ["integration": .uuid(integration)]) }
      .sorted { ($0.createdAt, $0.attempt.text) < ($1.createdAt, $1.attempt.text) }
  }

  package func events(_ integration: UUID) throws -> [EventType] {
    try custodian.view { try $0.events(integration: integration, after: 0, limit: 1000) }.map(\.type)
  }

  package func count(_ type: EventType, of integration: UUID) throws -> Int {
    try events(integration).count { $0 == type }
  }

  package func audit() throws -> [AuditRow] { try custodian.view { try $0.unauthenticated.auditTail(limit: 10_000) } }

  /// Lets time pass until the integration's next refresh is due.
  package func advanceToRefresh(_ integration: UUID) throws {
    guard let at = try schedule(integration)?.refreshAt else { throw WaitedTooLong(what: "a scheduled refresh") }
    time.advance(to: at)
  }

  /// How revocations ended, oldest first.
  package func revocations() throws -> [String] {
    try audit().filter { $0.action == "integration.revoke" }.compactMap {
      (CanonicalJSON.value(from: $0.detail) as [String: String]?)?["outcome"]
    }
  }

  /// Lets a plain verb happen, as an operator would.
  @discardableResult
  package func apply(_ event: IntegrationEvent, to integration: UUID) async throws -> IntegrationRow {
    try await assembly.integrations.apply(event, to: integration, workspace: workspace, by: .commandLine)
  }
}
