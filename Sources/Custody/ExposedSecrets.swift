import Foundation
import Storage

/// A secret that stood under a key that others hold, and is still in use. Encrypting it anew does not un-leak it: it
/// must be replaced where it was issued.
package struct ExposedSecret: Sendable, Equatable {
  /// `nil` for a connector's client secret.
  package let integration: UUID?
  /// The connector's slug.
  package let connector: String
  /// `oauth2`, `api_key`, `basic`, or `client_secret`.
  package let kind: String
}

extension CustodyView {
  /// What the last rotation left exposed, if it led away from keys that others hold: grants and client secrets that are
  /// older than its promotion. A new grant, or a new client secret, leaves the list.
  func exposedSecrets(in workspace: UUID) throws -> [ExposedSecret] {
    guard let rotation = try rotation(workspace),
      try ring(workspace).isTainted(rotation.fromGeneration)
    else { return [] }
    let connectors = try exposedConnectors(workspace, since: rotation.startedAt)
    var exposed = connectors.filter(\.isExposed).map {
      ExposedSecret(integration: nil, connector: $0.row.slug, kind: "client_secret")
    }
    let slugs = Dictionary(connectors.map { ($0.row.connector, $0.row.slug) }) { first, _ in first }
    var cursor: Int64? = Page<IntegrationRow>.start
    while let first = cursor {
      let page = try tx.page(IntegrationRow.self, workspace: workspace, from: first, limit: 500)
      for head in page.rows {
        guard let oldest = try oldestCredential(of: head), oldest.createdAt <= rotation.startedAt else { continue }
        exposed.append(
          ExposedSecret(
            integration: head.integration, connector: slugs[head.connector] ?? head.connector.text,
            kind: oldest.kind.rawValue))
      }
      cursor = page.next
    }
    return exposed
  }

  private func exposedConnectors(
    _ workspace: UUID, since promotion: Instant
  ) throws -> [(row: ConnectorRow, isExposed: Bool)] {
    try tx.rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace)]).map { row in
      let secret = try tx.row(
        SealedSecretRow.self, .uuid(workspace), .text("connector/\(row.connector.text)/client_secret"),
        .integer(row.secretVersion))
      return (row, secret.map { $0.createdAt <= promotion } ?? false)
    }
  }

  /// The first version of the grant that the integration stands on. Looked at as it is stored: what does not verify
  /// is in quarantine, and exposed all the same.
  private func oldestCredential(of head: IntegrationRow) throws -> CredentialRow? {
    try tx.rows(
      CredentialRow.self,
      matching: ["integration": .uuid(head.integration), "grant_number": .integer(head.grantNumber)],
      order: .ascending("version"), limit: 1
    ).first
  }
}
