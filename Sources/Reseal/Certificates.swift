import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// A workspace's RSA keys, of which the vault keeps the public halves.
package struct Certificates: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  /// Adds a public key; several may be live at once, so that they can be rotated.
  /// - Returns: its `kid`.
  package func add(spki: [UInt8], workspace: UUID, by actor: Actor) async throws -> String {
    let certificate = WorkspaceCertificate(spki: spki)
    let entry = AuditEntry("certificate.add", "certificate/\(certificate.kid)", workspace: workspace, by: actor)
    try await custodian.change(entry) { change in
      _ = try change.workspace(workspace)
      do {
        try change.insert(
          CertificateRow(
            workspace: workspace, kid: certificate.kid, spki: spki, state: .live, createdAt: change.now))
      } catch StorageError.conflict {
        throw CustodyError.refused("the workspace has the certificate \(certificate.kid) already")
      }
    }
    return certificate.kid
  }

  package func list(workspace: UUID) throws -> [CertificateRow] {
    try custodian.view { try $0.rows(CertificateRow.self, matching: ["workspace": .uuid(workspace)]) }
  }

  /// From now on, secrets that it signed are refused.
  package func retire(_ kid: String, workspace: UUID, by actor: Actor) async throws {
    let entry = AuditEntry("certificate.retire", "certificate/\(kid)", workspace: workspace, by: actor)
    try await custodian.change(entry) { change in
      guard var row = try change.row(CertificateRow.self, .uuid(workspace), .text(kid)) else {
        throw CustodyError.notFound
      }
      row.state = .retired
      try change.update(row)
    }
  }
}
