import Foundation
import Storage

/// Which life of the vault this is. Each restore begins another one: all numbers given from then on are above all that
/// were given before, also by the vault that went on living after the backup.
package struct Incarnation: Sendable, Equatable {
  package let number: Int64
  private let heldBelow: Int64

  init(_ row: VaultRow) { (number, heldBelow) = (row.incarnation, row.heldBelow) }

  /// Whether this version came with a backup whose original may still be refreshing it.
  package func holds(version: Int64) -> Bool { version < heldBelow }

  /// The number above which this incarnation counts.
  package var floor: Int64 { Self.floor(number) }

  static func floor(_ number: Int64) -> Int64 { number << 32 }
}

extension CustodyView {
  package func incarnation() throws -> Incarnation { Incarnation(try vaultRow()) }

  func vaultRow() throws -> VaultRow {
    guard let row = try tx.row(VaultRow.self, .integer(1)) else {
      throw CustodyError.integrity(table: VaultRow.table, key: "1")
    }
    try keys.requireVaultMAC(row)
    try requireNewest(row)
    return row
  }
}

/// How many rows a restore has put out of use until they are confirmed.
package struct DisabledCount: Sendable, Equatable {
  package var accessKeys = 0
  package var certificates = 0
}

extension CustodyChange {
  /// Begins the next incarnation, in this one transaction: raises versions, fences and event numbers, and puts access
  /// keys and certificates out of use. Rows that do not verify are left as they are; one that cannot be read fails it all.
  /// - Parameter originalIsGone: an operator states that the vault of the backup serves and refreshes no more.
  package func beginIncarnation(originalIsGone: Bool) throws -> DisabledCount {
    var vault = try vaultRow()
    vault.incarnation += 1
    let floor = Incarnation.floor(vault.incarnation)
    if !originalIsGone { vault.heldBelow = floor }
    try update(vault)
    _ = try vaultRow()
    try everyWrite.raiseNumbers(to: floor)
    var disabled = DisabledCount()
    for workspace in try workspaces() {
      try updateEach(IntegrationRow.self, of: workspace.workspace) { row in
        try raiseEventCounter(of: row.integration, to: floor)
        guard row.lastVersion < floor else { return false }
        row.lastVersion = floor
        return true
      }
      try updateEach(AccessKeyRow.self, of: workspace.workspace) { row in
        guard row.isUsable else { return false }
        row.disabledAt = now
        disabled.accessKeys += 1
        return true
      }
      try updateEach(CertificateRow.self, of: workspace.workspace) { row in
        guard row.state == .live else { return false }
        row.state = .disabled
        disabled.certificates += 1
        return true
      }
    }
    return disabled
  }

  /// Lets `change` alter every row of a workspace that verifies; those that it answers `true` for are written.
  private func updateEach<R: TenantRow>(
    _: R.Type, of workspace: UUID, _ change: (inout R) throws -> Bool
  ) throws {
    var cursor: Int64? = Page<R>.start
    while let first = cursor {
      let page = try tx.page(R.self, workspace: workspace, from: first, limit: 500)
      for row in page.rows {
        guard var row = try ifSound(row), try change(&row) else { continue }
        try update(row)
      }
      cursor = page.next
    }
  }
}
