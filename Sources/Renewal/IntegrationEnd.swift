import Catalogue
import Custody
import Foundation
import Sealing
import Storage

/// How an integration ends: by disconnecting, which a renewal can undo, or by deletion, which nothing can.
///
/// What must be revoked at the provider is taken along, sealed, in the same transaction; the network comes after it.
struct IntegrationEnd: Sendable {
  let custodian: Custodian
  let catalogue: ProviderCatalogue

  func disconnect(_ integration: UUID, workspace: UUID, by actor: Actor) async throws -> IntegrationRow {
    try await end(integration, workspace, .disconnected, by: actor) { change, head in
      head.grantNumber += 1
      try change.apply(.disconnected, to: &head)
      try change.unauthenticatedWrites.schedule(
        head.integration, workspace: head.workspace, refreshAt: nil, failures: 0)
    }
  }

  func delete(_ integration: UUID, workspace: UUID, by actor: Actor) async throws -> IntegrationRow {
    try await end(integration, workspace, .deleted, by: actor) { change, head in try change.bury(&head) }
  }

  /// - Throws: `notFound`; `ConnectRefusal.deleted` for what is deleted already, unless it is to be.
  private func end(
    _ integration: UUID, _ workspace: UUID, _ event: IntegrationEvent, by actor: Actor,
    _ step: @escaping @Sendable (CustodyChange, inout IntegrationRow) throws -> Void
  ) async throws -> IntegrationRow {
    while true {
      let head = try custodian.view { try $0.integration(integration, workspace: workspace) }
      if head.lifecycle == .deleted, event != .deleted { throw ConnectRefusal.deleted }
      if head.lifecycle == (event == .deleted ? .deleted : .revoked) { return head }
      let (doomed, unopened) = try await doomedTokens(of: head, by: actor)
      do {
        return try await custodian.amend { change in
          var now = try change.integration(integration, workspace: workspace)
          guard now.lastVersion == head.lastVersion, now.lifecycle == head.lifecycle else { throw CustodyError.superseded }
          for tokens in doomed { try change.revokeLater(tokens, of: now, because: event == .deleted ? .deleted : .disconnected) }
          try step(change, &now)
          try change.record(
            AuditEntry(
              "integration.\(event.word)", "integration/\(integration.text)", workspace: workspace, by: actor,
              detail: ["to_be_revoked": String(doomed.count), "not_opened": String(unopened)]))
          return now
        }
      } catch CustodyError.superseded {
        continue
      }
    }
  }

  /// The newest tokens of every grant there was: a renewal leaves the grant before it as it is. What does not open can
  /// be told to nobody, and does not hold up the end.
  private func doomedTokens(of head: IntegrationRow, by actor: Actor) async throws -> ([DoomedTokens], unopened: Int) {
    let rows = try custodian.view { view in
      guard catalogue.mayRevoke(try view.connector(of: head)) else { return [CredentialRow]() }
      return try view.unauthenticated.rows(CredentialRow.self, matching: ["integration": .uuid(head.integration)])
    }
    let newest = Dictionary(rows.filter { $0.kind == .oauth2 }.map { ($0.grantNumber, $0) }) { $0.version > $1.version ? $0 : $1 }
    var (doomed, unopened): ([DoomedTokens], Int) = ([], 0)
    for row in newest.values.sorted(by: { $0.version < $1.version }) {
      do {
        let opened = try await custodian.openCredential(
          of: head.integration, workspace: head.workspace, version: row.version, by: actor, purpose: "revoke")
        let isCurrent = row.version == head.currentVersion
        doomed.append(try custodian.doom(opened.fields, of: head, actor: isCurrent ? head.actor : nil))
      } catch CustodyError.integrity {
        unopened += 1
      }
    }
    return (doomed, unopened)
  }
}

extension CustodyChange {
  /// Leaves a tombstone: id, workspace, customer, connector and history. Everything else goes.
  fileprivate func bury(_ head: inout IntegrationRow) throws {
    for row in try unauthenticated.rows(CredentialRow.self, matching: ["integration": .uuid(head.integration)]) {
      try delete(CredentialRow.self, .uuid(row.integration), .integer(row.version))
    }
    for attempt in try rows(AttemptRow.self, matching: ["integration": .uuid(head.integration), "ended_at": .null])
    where attempt.state == .open || attempt.state == .authorizing {
      _ = try end(attempt, by: .deleted, claim: nil)
    }
    try delete(DeadlineRow.self, .uuid(head.integration))
    (head.currentVersion, head.name, head.parameters, head.verifiedAt) = (nil, nil, "{}", nil)
    (head.actor, head.tenant, head.accountLabel) = (nil, nil, nil)
    head.grantNumber += 1
    try apply(.deleted, to: &head)
    try unschedule(head)
  }

  /// A claim that somebody holds is left to him: what he brings is told to the provider, and his fence must stay his.
  private func unschedule(_ head: IntegrationRow) throws {
    if try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.claimOwner == nil {
      try unauthenticatedWrites.unschedule(head.integration)
    } else {
      try unauthenticatedWrites.schedule(head.integration, workspace: head.workspace, refreshAt: nil, failures: 0)
    }
  }
}
