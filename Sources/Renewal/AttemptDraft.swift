import Custody
import Foundation
import Sealing
import Storage

/// An attempt before it has a row.
struct AttemptDraft: Sendable {
  let workspace: UUID
  let connector: UUID
  let customer: String
  /// The integration to renew; `nil` for a first connect.
  let integration: UUID?
  let authority: AttemptAuthority
  var name: String?
  var clientState: String?
  var jti: String?
  var parameters = "{}"
  var openerOrigin: String?
  var verifierHash: String?
  var secretNeverExpires = false

  init(workspace: UUID, connector: UUID, customer: String, integration: UUID?, authority: AttemptAuthority) {
    self.workspace = workspace
    self.connector = connector
    self.customer = customer
    self.integration = integration
    self.authority = authority
  }

  func row(
    _ id: UUID, of head: IntegrationRow, listener: String, ticket: [UInt8], at now: Instant, until end: Instant
  ) -> AttemptRow {
    AttemptRow(
      attempt: id, workspace: workspace, connector: connector, integration: head.integration,
      purpose: head.lifecycle == .pending ? .connect : .renewal, authority: authority, name: name,
      clientState: clientState, jti: jti, parameters: head.parameters, openerOrigin: openerOrigin, listener: listener,
      ticketHash: Digest.sha256(ticket), verifierHash: verifierHash, grantNumber: head.grantNumber, createdAt: now,
      expiresAt: end)
  }

  /// What the audit log says besides where the secret is good for ever: `doctor` counts these.
  func endlessSecretEntry(_ id: UUID) -> AuditEntry? {
    guard secretNeverExpires else { return nil }
    return AuditEntry(NotedAction.endlessSecret.rawValue, "attempt/\(id.text)", workspace: workspace, by: .customer)
  }
}
