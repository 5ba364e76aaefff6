import Storage

/// Every table under the vault MAC key. Verification walks this list; a test finds a table of the schema that is missing
/// here.
package enum VaultTables {
  package static let all: [any VaultLevelRow.Type] = [
    VaultRow.self, RootSlotRow.self, WorkspaceRow.self, KeyRingRow.self, WorkspaceKeyRow.self, RotationRow.self,
    QuarantineRow.self, TransitionRow.self, EventCounterRow.self, EventRow.self, SpentSecretRow.self, AuditChangeRow.self,
    AuditKeyRow.self, AuditHorizonRow.self, ClockRow.self,
  ]
}

extension CustodyView {
  /// Proves every row of every table under the vault MAC key, and holds what the log knows against it.
  func verifyVaultTables(into report: inout VerificationReport) throws {
    for table in VaultTables.all { try verify(table, into: &report) }
  }

  private func verify<R: VaultLevelRow>(_: R.Type, into report: inout VerificationReport) throws {
    var seen = 0
    var cursor: Int64? = Int64.min
    while let first = cursor {
      let page = try tx.page(R.self, from: first, limit: 500)
      report.problems += page.malformed.map { "\(R.table)/\($0)" }
      seen += page.rows.count + page.malformed.count
      for row in page.rows {
        do {
          _ = try verified(row)
          report.rows[R.table, default: 0] += 1
        } catch CustodyError.integrity(let table, let key) {
          report.problems.append("\(table)/\(key)")
        }
      }
      cursor = page.next
    }
    if try tx.count(R.self) != seen { report.problems.append("\(R.table)/?") }
    if R.isLogged { try verifyNothingIsMissing(R.self, into: &report) }
  }
}
