import Custody
import Foundation
import OAuth
import Storage

/// Who may ask: a connect secret that a live certificate of its workspace has signed, from a page that is listed.
extension Attempts {
  /// Who asks: the secret's signature, by a live certificate of the workspace that it names.
  package func verifiedClaims(of secret: String) throws -> ConnectClaims {
    do {
      let unverified = try UnverifiedConnectSecret.parse(secret)
      let certificates = try liveCertificates(of: unverified.workspaceID)
      let audiences = Set(["reseal"] + [address.url].compactMap { $0 })
      let claims = try unverified.verified(
        by: certificates, at: custodian.clocks.now().date, audiences: audiences)
      if let jti = claims.jti { try requireUnspent(jti, workspace: claims.workspaceID) }
      return claims
    } catch let error as ConnectSecretError {
      throw ConnectRefusal.secret(error)
    }
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
