import Custody
import Foundation
import Sealing
import Storage

/// A sealed credential with all that is known about it, ready to become a version.
package struct CredentialMaterial: Sendable {
  package let sealed: SealedValue
  package let kind: CredentialKind
  package let origin: CredentialOrigin
  /// Granted, space-separated; empty when unknown.
  package let scopes: String
  package let refreshable: Bool
  /// Keyed hash of the refresh token.
  package let fingerprint: [UInt8]?
  package let expiresAt: Instant?
  package let lifetime: Duration?
  /// What is known of the grant behind it.
  package var grantLife = GrantLife()
}

extension CredentialMaterial {
  /// When the grant ends. Without a refresh token it is the access token's own end.
  var deadline: GrantDeadline? {
    if refreshable { return grantLife.deadline }
    return expiresAt.map { GrantDeadline(at: $0, reason: .noRefreshToken) }
  }
}

extension CustodyChange {
  /// Makes `material` the next version of `head` and current, and lets `event` happen. The value must have been sealed
  /// for exactly `head.lastVersion + 1`.
  package func commit(
    _ material: CredentialMaterial, to head: inout IntegrationRow, raisingGrant: Bool, event: IntegrationEvent,
    attempt: UUID? = nil
  ) throws {
    if raisingGrant { head.grantNumber += 1 }
    head.lastVersion += 1
    head.currentVersion = head.lastVersion
    if material.origin == .refresh { head.verifiedAt = now }
    try insert(CredentialRow(material, of: head, grant: head.grantNumber, state: .committed, at: now))
    try setDeadline(of: head, to: material.deadline, isNewGrant: raisingGrant)
    try apply(event, to: &head, attempt: attempt)
  }

  /// Makes `material` current under a new grant, and arms the refresh that it needs: what a person decided.
  func replace(
    with material: CredentialMaterial, on head: inout IntegrationRow, event: IntegrationEvent, chance: Double
  ) throws {
    try commit(material, to: &head, raisingGrant: true, event: event)
    let refreshAt = RefreshSchedule.refreshAt(material, usedAt: now, chance: chance)
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: refreshAt, failures: 0)
  }

  /// Keeps `material` as a version that is never served: a refresh that landed after a renewal. It belongs to the grant
  /// it was made with.
  package func archive(_ material: CredentialMaterial, of head: inout IntegrationRow, grant: Int64) throws {
    head.lastVersion += 1
    try insert(CredentialRow(material, of: head, grant: grant, state: .archived, at: now))
    try update(head)
  }
}

extension CredentialRow {
  fileprivate init(
    _ material: CredentialMaterial, of head: IntegrationRow, grant: Int64, state: CredentialState, at now: Instant
  ) {
    self.init(
      integration: head.integration, version: head.lastVersion, workspace: head.workspace, customer: head.customer,
      grantNumber: grant, kind: material.kind, origin: material.origin, state: state,
      scopes: material.scopes, refreshable: material.refreshable, fingerprint: material.fingerprint,
      lifetime: material.lifetime?.milliseconds, expiresAt: material.expiresAt, createdAt: now,
      sealed: material.sealed)
  }

  /// How long the access token lived when it was new.
  package var ttl: Duration? { lifetime.map { .milliseconds($0) } }
}
