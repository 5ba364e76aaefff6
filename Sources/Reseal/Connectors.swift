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

  private func seal(_ secret: consuming Secret?, connector: UUID, workspace: UUID) throws -> SealedSecretRow? {
    guard let secret else { return nil }
    return try custodian.seal(secret, name: ConnectorRow.clientSecretName(connector), workspace: workspace)
  }

  private static func isSlug(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }
}
