import Foundation
import Storage

/// A row by table and key, as errors and lists name it.
package struct RowName: Sendable, Hashable {
  package let table: String
  package let key: String

  package init(table: String, key: String) { (self.table, self.key) = (table, key) }

  init<R: StoredRow>(_ row: R) { self.init(table: R.table, key: row.keyText) }

  /// Reads `TABLE/KEY`.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    self.init(table: parts[0], key: parts[1])
  }

  package var text: String { "\(table)/\(key)" }

  /// Byte for byte: text that only looks the same names another row.
  package static func == (one: RowName, other: RowName) -> Bool {
    one.table.utf8.elementsEqual(other.table.utf8) && one.key.utf8.elementsEqual(other.key.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in key.utf8 { hasher.combine(byte) }
  }
}

extension QuarantineRow {
  package var name: RowName { RowName(table: rowTable, key: rowKey) }
}

extension CustodyView {
  /// The rows of a workspace that its rotations could not vouch for, by name.
  package func quarantine(of workspace: UUID) throws -> [QuarantineRow] {
    try rows(QuarantineRow.self, matching: ["workspace": .uuid(workspace)])
  }
}

extension CustodyChange {
  /// Puts a row on the list, and into the log, unless it stands there already. The row itself stays as it is.
  func quarantine(_ name: RowName, foundBy rotation: RotationRow, by actor: Actor) throws {
    let listed = try row(QuarantineRow.self, .uuid(rotation.workspace), .text(name.table), .text(name.key))
    guard listed == nil else { return }
    try insert(
      QuarantineRow(
        workspace: rotation.workspace, rowTable: name.table, rowKey: name.key, generation: rotation.toGeneration,
        foundAt: now))
    try record(AuditEntry("key.quarantine", name.text, workspace: rotation.workspace, by: actor))
  }

  /// Makes the list what a look at all rows found: what verifies again, or is gone, leaves it.
  func setQuarantine(_ names: Set<RowName>, foundBy rotation: RotationRow, by actor: Actor) throws {
    for row in try quarantine(of: rotation.workspace) where !names.contains(row.name) {
      try delete(row)
      try record(AuditEntry("key.unquarantine", row.name.text, workspace: rotation.workspace, by: actor))
    }
    for name in names.sorted(by: { $0.text < $1.text }) { try quarantine(name, foundBy: rotation, by: actor) }
  }

  /// Gives up rows by name: they stay in place and on the list, and are no longer in the way of `retire`.
  /// - Throws: `refused` for a name that is not on the list.
  func abandon(_ names: [RowName], workspace: UUID, by actor: Actor) throws {
    let rows = Dictionary(try quarantine(of: workspace).map { ($0.name, $0) }) { first, _ in first }
    for name in names {
      guard var row = rows[name] else {
        throw CustodyError.refused("\(name.text) is not in quarantine; reseal key status lists what is")
      }
      guard row.abandonedAt == nil else { continue }
      row.abandonedAt = now
      try update(row)
      try record(AuditEntry("key.abandon", name.text, workspace: workspace, by: actor))
    }
  }
}
