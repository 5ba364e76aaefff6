import Foundation
import Sealing

/// One of the keys that sign the audit log, each for a range of it.
package struct AuditKeyRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "audit_keys"
  package static let key = ["number"]
  package static let residue = Residue.wrappedKey
  package static let columns = ["number", "first_sequence", "public_key", "endorsement", "wrapped", "created_at"]

  /// From 1, without gaps.
  package var number: Int64
  /// Where its range begins; it ends before the next key's.
  package var firstSequence: Int64
  package var publicKey: [UInt8]
  /// The signature of the key before it; the first has none.
  package var endorsement: [UInt8]?
  /// The secret half under the root; `nil` once the next key has taken over.
  package var wrapped: [UInt8]?
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    number: Int64, firstSequence: Int64, publicKey: [UInt8], endorsement: [UInt8]?, wrapped: [UInt8]?, createdAt: Instant
  ) {
    self.number = number
    self.firstSequence = firstSequence
    self.publicKey = publicKey
    self.endorsement = endorsement
    self.wrapped = wrapped
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .integer(number), .integer(firstSequence), .blob(publicKey), .optional(endorsement), .optional(wrapped),
      .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    number = try columns.number()
    firstSequence = try columns.number()
    publicKey = try columns.blob()
    endorsement = try columns.optionalBlob()
    wrapped = try columns.optionalBlob()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
