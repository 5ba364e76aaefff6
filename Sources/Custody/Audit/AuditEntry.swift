import Foundation
import Storage

/// One line of the audit log: who did what to which thing. Holds no secret.
package struct AuditEntry: Sendable {
  package let actor: Actor
  package let action: String
  package let workspace: UUID?
  package let subject: String
  package let detail: [String: String]

  /// - Parameters:
  ///   - action: noun and verb as on the command line, such as `credential.put`.
  ///   - subject: table and key, such as `integration/UUID`.
  package init(
    _ action: String, _ subject: String, workspace: UUID?, by actor: Actor, detail: [String: String] = [:]
  ) {
    self.actor = actor
    self.action = action
    self.workspace = workspace
    self.subject = subject
    self.detail = detail
  }
}

/// What a transaction did to a row: the digest of what it says now, `nil` where it is gone.
struct RowChange: Sendable {
  let table: String
  let key: String
  let workspace: UUID?
  let digest: [UInt8]?

  /// For transactions that move an attempt along and record nothing of their own.
  var entry: AuditEntry { AuditEntry("row.change", "\(table)/\(key)", workspace: workspace, by: .vault) }
}
