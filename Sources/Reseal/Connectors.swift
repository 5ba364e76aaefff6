import Catalogue
import Custody
import Foundation
import Renewal
import Sealing
import Storage

/// A connector as an operator describes it.
package struct ConnectorDraft: Sendable {
  package let slug: String
  package let provider: String
  package let clientID: String
  package let scopes: [String]
  package let identityPolicy: IdentityPolicy
  package let importPolicy: ImportPolicy
  package let parameters: [String: String]

  package init(
    slug: String, provider: String, clientID: String, scopes: [String], identityPolicy: IdentityPolicy,
    importPolicy: ImportPolicy, parameters: [String: String]
  ) {
    self.slug = slug
    self.provider = provider
    self.clientID = clientID
    self.scopes = scopes
    self.identityPolicy = identityPolicy
    self.importPolicy = importPolicy
    self.parameters = parameters
  }
}

/// A workspace's registrations with providers.
package struct Connectors: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  /// Adds a connector; its client secret is sealed beside it.
  /// - Throws: `refused` for a slug that is taken or malformed.
  package func add(
    _ draft: ConnectorDraft, clientSecret: consuming Secret?, workspace: UUID, by actor: Actor
  ) async throws -> ConnectorRow {
    guard Self.isSlug(draft.slug) else {
      throw CustodyError.refused("a connector's slug has 1 to 64 of the characters a-z 0-9 - and begins with a letter or digit")
    }
    let id = UUID()
    let sealed = try seal(clientSecret, connector: id, workspace: workspace)
    let entry = AuditEntry("connector.add", "connector/\(id.text)", workspace: workspace, by: actor)
    return try await custodian.change(entry) { change in
      _ = try change.workspace(workspace)
      let row = ConnectorRow(
        connector: id, workspace: workspace, slug: draft.slug, provider: draft.provider, clientID: draft.clientID,
        secretVersion: sealed == nil ? 0 : 1, scopes: draft.scopes.joined(separator: " "),
        identityPolicy: draft.identityPolicy, importPolicy: draft.importPolicy,
        parameters: CanonicalJSON.text(draft.parameters), createdAt: change.now)
      do {
        try change.insert(row)
      } catch StorageError.conflict {
        throw CustodyError.refused("the workspace has a connector \(draft.slug) already")
      }
      if let sealed { try change.insert(sealed) }
      return row
    }
  }

  package func list(workspace: UUID) throws -> [ConnectorRow] {
    try custodian.view { view in
      try view.rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace)]).filter { $0.removedAt == nil }
    }
  }

  /// A connector with what is known about it beside its row.
  package func show(_ slug: String, workspace: UUID) throws -> ConnectorView {
    try custodian.view { view in
      let row = try view.known(slug, workspace: workspace)
      return ConnectorView(
        row: row, secrets: try view.clientSecrets(of: row).map { .init(version: $0.version, createdAt: $0.createdAt) },
        incidents: try view.openIncidents(of: row.connector),
        resting: try view.rest(of: row.connector, at: custodian.clocks.boot()))
    }
  }

  /// Changes a connector. A new client secret is tried first; the one before it stays live beside it, for as long as the
  /// provider takes either. What was amiss may be mended now: its incidents and its breaker are closed.
  package func update(
    _ slug: String, workspace: UUID, _ draft: consuming ConnectorChange, by actor: Actor
  ) async throws -> ConnectorRow {
    let row = try custodian.view { try $0.known(slug, workspace: workspace) }
    let newest = try custodian.view { try $0.clientSecrets(of: row).map(\.version).max() } ?? 0
    let sealed = try seal(draft.clientSecret.take(), connector: row.connector, version: newest + 1, workspace: workspace)
    let plain = draft.plain
    let entry = AuditEntry("connector.update", "connector/\(row.connector.text)", workspace: workspace, by: actor)
    return try await custodian.change(entry) { change in
      var row = try change.known(slug, workspace: workspace)
      plain.apply(to: &row)
      if let sealed { try change.prefer(sealed, of: &row) }
      if plain.dropsOtherSecret { try change.dropOtherSecrets(of: row) }
      try change.update(row)
      try change.makeFresh(row, by: actor)
      return row
    }
  }

  /// An operator's word that the trouble is over, or that what the provider says is true: incidents and breaker are
  /// closed, and for a day refused tokens are believed, however many there are.
  package func resume(_ slug: String, workspace: UUID, by actor: Actor) async throws {
    let row = try custodian.view { try $0.known(slug, workspace: workspace) }
    let entry = AuditEntry("connector.resume", "connector/\(row.connector.text)", workspace: workspace, by: actor)
    try await custodian.change(entry) { change in
      try change.makeFresh(try change.known(slug, workspace: workspace), by: actor)
    }
  }

  /// Takes a connector out of use, with its client secrets.
  /// - Throws: `refused` while it has integrations that are not deleted.
  package func remove(_ slug: String, workspace: UUID, by actor: Actor) async throws {
    let row = try custodian.view { try $0.known(slug, workspace: workspace) }
    let entry = AuditEntry("connector.remove", "connector/\(row.connector.text)", workspace: workspace, by: actor)
    try await custodian.change(entry) { change in
      var row = try change.known(slug, workspace: workspace)
      guard try !change.unauthenticated.hasIntegrations(connector: row.connector) else {
        throw CustodyError.refused("the connector \(slug) has integrations: delete them first")
      }
      try change.forgetSecrets(of: row)
      (row.removedAt, row.secretVersion) = (change.now, 0)
      // The slug is free again; no slug has a tilde.
      row.slug += "~\(row.connector.text)"
      try change.update(row)
    }
  }

  private func seal(
    _ secret: consuming Secret?, connector: UUID, version: Int64 = 1, workspace: UUID
  ) throws -> SealedSecretRow? {
    guard let secret else { return nil }
    return try custodian.seal(
      secret, name: ConnectorRow.clientSecretName(connector), version: version, workspace: workspace)
  }

  private static func isSlug(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }
}
