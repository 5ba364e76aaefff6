import Foundation
import Sealing

/// The vault itself: its identity and the keys that stand above every workspace, wrapped under the root.
package struct VaultRow: VaultLevelRow {
  package static let table = "vault"
  package static let key = ["id"]
  package static let residue = Residue.wrappedKey
  package static let columns = [
    "id", "vault", "created_at", "root_epoch", "layout_minimum", "incarnation", "held_below", "check_value",
    "mac_key", "fingerprint_key", "recovery_public_key", "audit_public_key",
  ]

  package var id: Int64
  package var vault: UUID
  package var createdAt: Instant
  /// Raised when the root key is replaced.
  package var rootEpoch: Int64
  /// Rows of a lower layout are refused.
  package var layoutMinimum: Int64
  /// How often the vault has been restored from a backup: the upper 32 bits of every number given since.
  package var incarnation: Int64
  /// Versions below it came with a backup, and the vault that may have used them since may still live.
  package var heldBelow: Int64
  /// Opens under the right root key only: found out before any row is read.
  package var checkValue: [UInt8]
  /// The vault MAC key, wrapped.
  package var macKey: [UInt8]
  /// The key of refresh-token fingerprints, wrapped.
  package var fingerprintKey: [UInt8]
  package var recoveryPublicKey: [UInt8]?
  /// The first key that signed the audit log: where every check of the log begins.
  package var auditPublicKey: [UInt8]
  package var seal = RowSeal.none

  package init(
    id: Int64 = 1, vault: UUID, createdAt: Instant, rootEpoch: Int64, layoutMinimum: Int64, incarnation: Int64 = 0,
    heldBelow: Int64 = 0, checkValue: [UInt8], macKey: [UInt8], fingerprintKey: [UInt8],
    recoveryPublicKey: [UInt8]? = nil, auditPublicKey: [UInt8]
  ) {
    self.id = id
    self.vault = vault
    self.createdAt = createdAt
    self.rootEpoch = rootEpoch
    self.layoutMinimum = layoutMinimum
    self.incarnation = incarnation
    self.heldBelow = heldBelow
    self.checkValue = checkValue
    self.macKey = macKey
    self.fingerprintKey = fingerprintKey
    self.recoveryPublicKey = recoveryPublicKey
    self.auditPublicKey = auditPublicKey
  }

  package var values: [ColumnValue] {
    [
      .integer(id), .uuid(vault), .instant(createdAt), .integer(rootEpoch), .integer(layoutMinimum),
      .integer(incarnation), .integer(heldBelow), .blob(checkValue), .blob(macKey), .blob(fingerprintKey),
      .optional(recoveryPublicKey), .blob(auditPublicKey),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    id = try columns.integer()
    vault = try columns.uuid()
    createdAt = try columns.instant()
    rootEpoch = try columns.integer()
    layoutMinimum = try columns.integer()
    incarnation = try columns.integer()
    heldBelow = try columns.integer()
    checkValue = try columns.blob()
    macKey = try columns.blob()
    fingerprintKey = try columns.blob()
    recoveryPublicKey = try columns.optionalBlob()
    auditPublicKey = try columns.blob()
    seal = try columns.seal()
  }
}
