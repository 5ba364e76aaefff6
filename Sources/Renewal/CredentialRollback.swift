import Catalogue
import Custody
import Foundation
import Sealing
import Storage

/// Bringing an older version back: its fields become a new version, under a new grant. Numbers only rise.
package struct CredentialRollback: Sendable {
  private let custodian: Custodian
  private let catalogue: ProviderCatalogue
  private let chance: Chance

  package init(custodian: Custodian, catalogue: ProviderCatalogue, chance: Chance) {
    self.custodian = custodian
    self.catalogue = catalogue
    self.chance = chance
  }

  /// What rolling back would do. Opens nothing and changes nothing.
  /// - Throws: `refused` where it cannot be done, forced or not: says why.
  package func plan(
    _ integration: UUID, workspace: UUID, to version: Int64
  ) throws -> RollbackPlan {
    try custodian.view { view in
      let head = try view.integration(integration, workspace: workspace)
      guard let row = try view.row(CredentialRow.self, .uuid(integration), .integer(version)) else {
        throw CustodyError.refused("there is no version \(version); `reseal credential history` lists what is kept")
      }
      if version == head.currentVersion { throw CustodyError.refused("version \(version) is current already") }
      if row.state == .archived {
        throw CustodyError.refused(
          "version \(version) was never served: it came for a grant that had been replaced meanwhile")
      }
      if case .refuse(let code) = next(head.state, .credentialRolledBack) {
        throw CustodyError.refused("the integration is \(code); its customer has to connect it anew")
      }
      return RollbackPlan(head: head, target: row, objection: try objection(to: row, head, in: view))
    }
  }

  /// Why only somebody who insists should have it.
  private func objection(to row: CredentialRow, _ head: IntegrationRow, in view: CustodyView) throws -> String? {
    guard row.refreshable else {
      return row.expiresAt.flatMap { $0 > view.now ? nil : "it ran out at \($0.text) and has no refresh token" }
    }
    let connection = Connection(
      connector: try view.connector(of: head), parameters: head.parameters, catalogue: catalogue)
    let refreshClass = (connection?.refreshPolicy ?? .unknown).refreshClass
    if refreshClass == .n { return nil }
    return
      "its provider replaces refresh tokens (class \(refreshClass)): sending an old one again may revoke the whole grant"
  }

  /// Makes the planned version current again, as the next one. Its opening is recorded before it happens; the new
  /// version, the transition and the audit entry are one transaction.
  /// - Throws: `refused` where there is an objection and nobody insists.
  package func perform(_ plan: RollbackPlan, force: Bool, by actor: Actor) async throws -> IntegrationRow {
    if let objection = plan.objection, !force {
      throw CustodyError.refused("version \(plan.target.version) is not brought back: \(objection)")
    }
    let (old, workspace) = (plan.target, plan.head.workspace)
    let opened = try await custodian.openCredential(
      of: old.integration, workspace: workspace, version: old.version, by: actor, purpose: "rollback")
    while true {
      let head = try custodian.view { try $0.integration(old.integration, workspace: workspace) }
      let sealed = try custodian.seal(opened.fields, integration: head, version: head.lastVersion + 1)
      var material = CredentialMaterial(again: opened.credential, sealed: sealed)
      material.grantLife = try grantLife(of: opened.credential, head)
      do {
        return try await store(material, from: old, on: head, by: actor)
      } catch CustodyError.superseded {
        continue
      }
    }
  }

  /// The old grant's deadline: what is written down of it, where it is the current one still; else its limit.
  private func grantLife(of old: CredentialRow, _ head: IntegrationRow) throws -> GrantLife {
    try custodian.view { view in
      let policy = Connection(
        connector: try view.connector(of: head), parameters: head.parameters, catalogue: catalogue)?.refreshPolicy
      var life = GrantLife(
        policy ?? .unknown, began: try view.beginning(of: old.grantNumber, old.integration), requestedAt: view.now)
      if let known = try view.row(DeadlineRow.self, .uuid(old.integration)), known.grantNumber == old.grantNumber {
        life.deadline = GrantDeadline(at: known.at, reason: known.reason)
      }
      return life
    }
  }

  private func store(
    _ material: CredentialMaterial, from old: CredentialRow, on read: IntegrationRow, by actor: Actor
  ) async throws -> IntegrationRow {
    let entry = AuditEntry(
      "credential.rollback", "integration/\(read.integration.text)", workspace: read.workspace, by: actor,
      detail: ["to": String(old.version), "version": String(read.lastVersion + 1)])
    let draw = chance.draw()
    return try await custodian.change(entry) { change in
      var head = try change.integration(read.integration, workspace: read.workspace)
      guard head.lastVersion == read.lastVersion else { throw CustodyError.superseded }
      try change.replace(with: material, on: &head, event: .credentialRolledBack, chance: draw)
      return head
    }
  }
}

/// What a rollback would start from.
package struct RollbackPlan: Sendable {
  package let head: IntegrationRow
  package let target: CredentialRow
  /// Why it is refused unless somebody insists.
  package let objection: String?
}

extension CredentialMaterial {
  /// The fields of an older version once more.
  fileprivate init(again old: CredentialRow, sealed: SealedValue) {
    self.init(
      sealed: sealed, kind: old.kind, origin: .rollback, scopes: old.scopes, refreshable: old.refreshable,
      fingerprint: old.fingerprint, expiresAt: old.expiresAt, lifetime: old.ttl)
  }
}
