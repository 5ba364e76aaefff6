import Custody
import Foundation
import Storage

/// The audit log: an operator's view.
package struct AuditTrail: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  /// The newest entries, oldest of them first.
  package func tail(limit: Int) throws -> [AuditRow] {
    try custodian.view { try $0.unauthenticated.auditTail(limit: limit) }
  }

  /// Follows the whole log.
  package func verify(expecting heads: [AuditHead]) throws -> AuditReport { try custodian.verifyAudit(expecting: heads) }

  /// Follows the log of a database that is not opened otherwise: no root key is needed.
  package static func verify(
    database: String, publicKey: String, expecting heads: [AuditHead]
  ) throws -> AuditReport {
    try Custodian.verifyAudit(at: database, firstKey: AuditPublicKey.read(publicKey), expecting: heads)
  }

  /// Follows an exported log.
  package static func verify(export file: Data, publicKey: String, expecting heads: [AuditHead]) throws -> AuditReport {
    try ExportedAudit(file).verify(firstKey: AuditPublicKey.read(publicKey), expecting: heads)
  }

  /// The first public key of the log, as text.
  package var publicKey: String { get throws { try custodian.auditPublicKey } }

  /// Hands out the log as lines of JSON.
  package func export(_ write: (String) throws -> Void) throws -> AuditHead? { try custodian.exportAudit(write) }

  /// Removes the key ranges that ended before an instant, or only says which they are.
  package func prune(before instant: Instant, by actor: Actor, isRehearsal: Bool) async throws -> AuditPruning {
    try await custodian.pruneAudit(before: instant, by: actor, isRehearsal: isRehearsal)
  }
}
