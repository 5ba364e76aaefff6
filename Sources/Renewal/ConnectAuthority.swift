import Custody
import Foundation
import OAuth
import Storage

/// Who asks for an attempt, and for what.
package struct ConnectMandate: Sendable {
  package let authority: AttemptAuthority
  package let workspace: UUID
  package let customer: String
  /// The only connector it is good for; a connect secret leaves that to its page.
  package let connector: UUID?
  /// Present: a renewal of this integration.
  package let integration: UUID?
  package let name: String?
  package let state: String?
  /// Present: spent when an attempt completes.
  package let jti: String?
  package let neverExpires: Bool
}

/// Who may ask: a connect secret that a live certificate of its workspace has signed, or a connect session that this
/// vault has made, from a page that is listed.
extension Attempts {
  package func mandate(of secret: String) throws -> ConnectMandate {
    let mandate = ConnectSessions.isSession(secret) ? try sessionMandate(secret) : try secretMandate(secret)
    if let jti = mandate.jti { try requireUnspent(jti, workspace: mandate.workspace) }
    return mandate
  }

  private func secretMandate(_ secret: String) throws -> ConnectMandate {
    do {
      let unverified = try UnverifiedConnectSecret.parse(secret)
      let certificates = try liveCertificates(of: unverified.workspaceID)
      let audiences = Set(["reseal"] + [address.url].compactMap { $0 })
      let claims = try unverified.verified(
        by: certificates, at: custodian.clocks.now().date, audiences: audiences)
      return ConnectMandate(
        authority: .secret, workspace: claims.workspaceID, customer: claims.customerID, connector: nil,
        integration: claims.integrationID, name: claims.name, state: claims.state, jti: claims.jti,
        neverExpires: claims.neverExpires)
    } catch let error as ConnectSecretError {
      throw ConnectRefusal.secret(error)
    }
  }

  private func sessionMandate(_ token: String) throws -> ConnectMandate {
    let claims = try sessions.claims(in: token)
    return ConnectMandate(
      authority: .session, workspace: claims.workspace, customer: claims.customer, connector: claims.connector,
      integration: claims.integration, name: claims.name, state: claims.state, jti: "session:\(claims.jti)",
      neverExpires: false)
  }

  /// An unknown workspace looks like one without certificates.
  private func liveCertificates(of workspace: UUID) throws -> [WorkspaceCertificate] {
    try custodian.view { view in
      try view.rows(
        CertificateRow.self,
        matching: ["workspace": .uuid(workspace), "state": .word(CertificateState.live)]
      ).map { WorkspaceCertificate(kid: $0.kid, spki: $0.spki) }
    }
  }

  /// A browser states its page's origin; no origin means that no page of anybody's is involved.
  package func requireAllowed(_ origin: String?, workspace: UUID) throws {
    guard let origin else { return }
    let row = try custodian.view { try $0.workspace(workspace) }
    let allowed: [String] = CanonicalJSON.value(from: row.origins) ?? []
    guard allowed.contains(origin) else { throw ConnectRefusal.originNotAllowed }
  }

  private func requireUnspent(_ jti: String, workspace: UUID) throws {
    let spent = try custodian.view { view in
      try view.row(SpentSecretRow.self, .uuid(workspace), .text(jti)) != nil
    }
    if spent { throw ConnectRefusal.secretSpent }
  }
}
