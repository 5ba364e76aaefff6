import Foundation
import Sealing

/// A way to the root key: R wrapped under a key that is kept elsewhere.
package struct RootSlotRow: VaultLevelRow {
  package static let table = "root_slots"
  package static let key = ["slot"]
  package static let residue = Residue.wrappedKey
  package static let columns = [
    "slot", "kind", "parameters", "wrapped", "created_at",
  ]

  package var slot: String
  package var kind: String
  package var parameters: [UInt8]
  package var wrapped: [UInt8]
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    slot: String, kind: String, parameters: [UInt8], wrapped: [UInt8], createdAt: Instant
  ) {
    self.slot = slot
    self.kind = kind
    self.parameters = parameters
    self.wrapped = wrapped
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .text(slot), .text(kind), .blob(parameters), .blob(wrapped), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    slot = try columns.text()
    kind = try columns.text()
    parameters = try columns.blob()
    wrapped = try columns.blob()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
