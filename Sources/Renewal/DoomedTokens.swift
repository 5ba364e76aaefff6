import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// The tokens of a grant that nobody uses any more, sealed for whoever tells the provider.
struct DoomedTokens: Sendable {
  let revocation: UUID
  let sealed: SealedSecretRow
  /// Whose account it is; `nil` where nobody knows.
  let actor: String?
  /// As they were: a tombstone has none.
  let parameters: String

  /// How long the provider is told again, if it does not listen.
  static let patience = Duration.seconds(24 * 3600)
}

extension Custodian {
  /// Seals tokens for their revocation, before the transaction that ends them.
  func doom(_ fields: borrowing CredentialFields, of head: IntegrationRow, actor: String?) throws -> DoomedTokens {
    let id = UUID()
    let sealed = try fields.withEncoded {
      try seal($0, name: RevocationRow.tokensName(id), workspace: head.workspace, integration: head)
    }
    return DoomedTokens(revocation: id, sealed: sealed, actor: actor, parameters: head.parameters)
  }
}

extension CustodyChange {
  /// Takes it down that the provider is to be told. The network comes later, and survives a crash in between.
  func revokeLater(_ tokens: DoomedTokens, of head: IntegrationRow, because reason: RevocationReason) throws {
    try insert(tokens.sealed)
    try insert(
      RevocationRow(
        revocation: tokens.revocation, workspace: head.workspace, integration: head.integration,
        connector: head.connector, actor: tokens.actor, parameters: tokens.parameters, reason: reason, dueAt: now,
        expiresAt: now + DoomedTokens.patience, createdAt: now))
  }
}

extension RevocationRow {
  var tokensName: String { Self.tokensName(revocation) }

  static func tokensName(_ revocation: UUID) -> String { "revocation/\(revocation.text)/tokens" }
}

extension ProviderCatalogue {
  /// Whether there may be somebody to tell. A provider that is not in this catalogue may be in another process's.
  func mayRevoke(_ connector: ConnectorRow) -> Bool {
    provider(connector.provider).map { $0.revocation != nil } ?? true
  }
}

extension IntegrationRow {
  /// Disconnected or deleted: what comes in now is nobody's any more.
  var hasEnded: Bool { lifecycle == .revoked || lifecycle == .deleted }
}
