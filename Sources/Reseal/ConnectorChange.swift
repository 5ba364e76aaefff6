import Custody
import Foundation
import Renewal
import Sealing
import Storage

/// What an operator changes about a connector; what is `nil` stays.
package struct ConnectorChange: ~Copyable, Sendable {
  /// The next one; at most two are live.
  package var clientSecret: Secret?
  package var plain: Plain

  /// All that is no secret.
  package struct Plain: Sendable {
    package var scopes: [String]?
    package var identityPolicy: IdentityPolicy?
    package var importPolicy: ImportPolicy?
    /// Takes the client secrets that are not preferred out of use.
    package var dropsOtherSecret = false

    package init() {}

    func apply(to row: inout ConnectorRow) {
      if let scopes { row.scopes = scopes.joined(separator: " ") }
      row.identityPolicy = identityPolicy ?? row.identityPolicy
      row.importPolicy = importPolicy ?? row.importPolicy
    }
  }

  package init(clientSecret: consuming Secret? = nil, plain: Plain = Plain()) {
    self.clientSecret = clientSecret
    self.plain = plain
  }
}

/// A connector as an operator sees it.
package struct ConnectorView: Sendable {
  package struct LiveSecret: Sendable {
    package let version: Int64
    package let createdAt: Instant
  }

  package let row: ConnectorRow
  /// The preferred one first.
  package let secrets: [LiveSecret]
  package let incidents: [IncidentRow]
  /// Why nothing is refreshed for now, and for how long yet.
  package let resting: (reason: String, left: Duration)?
}

extension CustodyView {
  /// - Throws: `refused`: the workspace has no such connector.
  func known(_ slug: String, workspace: UUID) throws -> ConnectorRow {
    guard let row = try connector(slug, workspace: workspace) else {
      throw CustodyError.refused("the workspace has no connector \(slug)")
    }
    return row
  }
}

extension CustodyChange {
  /// Makes a new secret the preferred one; of the older ones the newest stays.
  func prefer(_ secret: SealedSecretRow, of row: inout ConnectorRow) throws {
    for older in try clientSecrets(of: row).dropFirst() { try forget(older) }
    try insert(secret)
    row.secretVersion = secret.version
  }

  func dropOtherSecrets(of row: ConnectorRow) throws {
    for other in try clientSecrets(of: row) where other.version != row.secretVersion { try forget(other) }
  }

  func forgetSecrets(of row: ConnectorRow) throws {
    for secret in try clientSecrets(of: row) { try forget(secret) }
  }

  /// Forgets what is held against a connector.
  func makeFresh(_ row: ConnectorRow, by actor: Actor) throws {
    try closeIncidents(of: row, by: actor, closedBy: actor.name)
    try closeBreaker(of: row.connector)
  }

  private func forget(_ secret: SealedSecretRow) throws {
    try delete(SealedSecretRow.self, .uuid(secret.workspace), .text(secret.name), .integer(secret.version))
  }
}
