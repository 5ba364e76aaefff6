import Foundation
import Sealing

/// How far the audit log has been pruned. One row, or none where nothing was.
package struct AuditHorizonRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "audit_horizon"
  package static let key = ["id"]
  package static let columns = ["id", "through", "hash"]

  package var id: Int64 = 1
  /// The last entry that is gone.
  package var through: Int64
  /// Its hash: where the chain goes on from.
  package var hash: [UInt8]
  package var seal = RowSeal.none

  package init(through: Int64, hash: [UInt8]) {
    self.through = through
    self.hash = hash
  }

  package var values: [ColumnValue] { [.integer(id), .integer(through), .blob(hash)] }

  package init(reading columns: inout ColumnReader) throws {
    id = try columns.integer()
    through = try columns.number()
    hash = try columns.blob()
    seal = try columns.seal()
  }
}
