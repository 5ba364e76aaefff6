import Foundation
import Sealing

extension WriteTransaction {
  /// Raises the numbers that stand under no MAC: the fence of every integration, whose claims end, and the number after
  /// which events count on.
  package func raiseNumbers(to floor: Int64) throws {
    try execute(
      """
      INSERT INTO schedules (integration, workspace, connector, fence)
      SELECT integration, workspace, connector, ? FROM integrations WHERE true
      ON CONFLICT (integration) DO UPDATE SET
        connector = excluded.connector, fence = max(fence, excluded.fence), claim_owner = NULL, claim_boot = NULL, claim_until = NULL
      """, [.integer(floor)], table: "schedules")
    try raiseSequence(of: EventRow.self, to: floor)
  }

  /// The number after which SQLite counts on (`AUTOINCREMENT`).
  private func raiseSequence<R: StoredRow>(of _: R.Type, to floor: Int64) throws {
    let raised = try execute(
      "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [.integer(floor), .text(R.table)], table: R.table)
    if raised == 0 {
      try execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [.text(R.table), .integer(floor)], table: R.table)
    }
  }
}
