import Catalogue
import Custody
import Foundation
import Storage

/// What people and backends do to an integration by name: put, suspend, resume, import-done, disconnect, delete.
package struct IntegrationVerbs: Sendable {
  private let custodian: Custodian
  private let catalogue: ProviderCatalogue
  private let ending: IntegrationEnd
  private let chance: Chance

  package init(custodian: Custodian, catalogue: ProviderCatalogue, chance: Chance) {
    self.custodian = custodian
    self.catalogue = catalogue
    ending = IntegrationEnd(custodian: custodian, catalogue: catalogue)
    self.chance = chance
  }

  /// Stores a credential that the company already has, as the next version under a new grant.
  /// - Parameters:
  ///   - connector, customer: needed where `integration` is new; the integration is created then.
  ///   - expiresAt: `nil` where nobody has said so (`BroughtCredential.life`).
  /// - Returns: the integration as it stands then.
  /// - Throws: `CredentialRefusal` for a credential that could serve nobody.
  package func put(
    _ fields: borrowing CredentialFields, kind: CredentialKind, expiresAt: Instant?, integration id: UUID,
    workspace: UUID, connector: String?, customer: String?, by actor: Actor
  ) async throws -> IntegrationRow {
    let brought = try BroughtCredential(fields, kind: kind)
    while true {
      let head = try prepared(id, workspace: workspace, connector: connector, customer: customer)
      let (policy, now) = (try refreshPolicy(of: head), custodian.clocks.now())
      let life = brought.life(until: expiresAt, policy, at: now)
      var material = CredentialMaterial(
        sealed: try custodian.seal(brought.fields, integration: head, version: head.lastVersion + 1), kind: kind,
        origin: .put, scopes: "", refreshable: brought.isRefreshable,
        fingerprint: custodian.fingerprint(of: brought.fields), expiresAt: life.expiresAt, lifetime: life.lifetime)
      // A grant that is put begins now, as far as anybody here knows.
      material.grantLife = GrantLife(policy, began: now, requestedAt: now)
      do {
        return try await store(material, on: head, by: actor)
      } catch CustodyError.superseded {
        continue
      }
    }
  }

  private func refreshPolicy(of head: IntegrationRow) throws -> RefreshPolicy {
    try custodian.view { view in
      Connection(connector: try view.connector(of: head), parameters: head.parameters, catalogue: catalogue)?
        .refreshPolicy ?? .unknown
    }
  }

  /// The integration, or the one that the put would create.
  private func prepared(_ id: UUID, workspace: UUID, connector: String?, customer: String?) throws -> IntegrationRow {
    try custodian.view { view in
      if let row = try view.row(IntegrationRow.self, .uuid(id)) {
        guard row.workspace == workspace, customer == nil || customer == row.customer else {
          throw CustodyError.notFound
        }
        if row.lifecycle == .deleted { throw ConnectRefusal.deleted }
        return row
      }
      guard let connector, let customer else { throw CustodyError.notFound }
      guard CustomerID.isValid(customer) else { throw CustodyError.refused(CustomerID.rule) }
      guard let connector = try view.connector(connector, workspace: workspace) else {
        throw CustodyError.refused("the workspace has no connector \(connector)")
      }
      return IntegrationRow(
        integration: id, workspace: workspace, customer: customer, connector: connector.connector, since: view.now,
        lastVersion: try view.incarnation().floor, createdAt: view.now)
    }
  }

  private func store(
    _ material: CredentialMaterial, on prepared: IntegrationRow, by actor: Actor
  ) async throws -> IntegrationRow {
    let entry = AuditEntry(
      "credential.put", "integration/\(prepared.integration.text)", workspace: prepared.workspace, by: actor,
      detail: ["version": String(prepared.lastVersion + 1)])
    let draw = chance.draw()
    return try await custodian.change(entry) { change in
      let existing = try change.row(IntegrationRow.self, .uuid(prepared.integration))
      guard existing.map(\.lastVersion) ?? prepared.lastVersion == prepared.lastVersion else { throw CustodyError.superseded }
      if existing?.lifecycle == .deleted { throw ConnectRefusal.deleted }
      var head = existing ?? prepared
      if existing == nil { try change.insert(head) }
      try change.replace(with: material, on: &head, event: .credentialPut, chance: draw)
      return head
    }
  }

  /// Lets an event happen that somebody decided: suspend, resume, import-done, disconnect, delete.
  /// - Throws: `notFound`; `ConnectRefusal.deleted` for what is deleted, unless it is to be.
  package func apply(
    _ event: IntegrationEvent, to integration: UUID, workspace: UUID, by actor: Actor
  ) async throws -> IntegrationRow {
    switch event {
    case .disconnected: return try await ending.disconnect(integration, workspace: workspace, by: actor)
    case .deleted: return try await ending.delete(integration, workspace: workspace, by: actor)
    default: break
    }
    let entry = AuditEntry(
      "integration.\(event.word)", "integration/\(integration.text)", workspace: workspace, by: actor)
    return try await custodian.change(entry) { change in
      var head = try change.integration(integration, workspace: workspace)
      if head.lifecycle == .deleted { throw ConnectRefusal.deleted }
      try change.apply(event, to: &head)
      return head
    }
  }

  /// Deletes whatever a customer has.
  /// - Returns: how many integrations; those that were deleted before do not count.
  /// - Throws: `notFound` for a customer who never had any.
  package func delete(customer: String, workspace: UUID, by actor: Actor) async throws -> Int {
    let heads = try custodian.view { view in
      try view.rows(IntegrationRow.self, matching: ["workspace": .uuid(workspace), "customer": .text(customer)])
    }
    if heads.isEmpty { throw CustodyError.notFound }
    let living = heads.filter { $0.lifecycle != .deleted }
    for head in living { _ = try await ending.delete(head.integration, workspace: workspace, by: actor) }
    return living.count
  }
}

/// The company's own id of its customer.
package enum CustomerID {
  package static let rule = "a customer id has 1 to 128 of the characters A-Z a-z 0-9 _ . : @ -"

  package static func isValid(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_.:@-".utf8.contains(byte)
        }
      }
  }
}
