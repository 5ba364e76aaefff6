/// The arithmetic of the audit chain: what an entry's hash covers, what is signed, and how one key vouches for the next.
///
/// `h_i = BLAKE2b-256("reseal/audit/v1" ‖ h_{i-1} ‖ LP(entry))`, with `h_0 = BLAKE2b-256("reseal/audit/v1" ‖ LP(vault))`.
package enum AuditChain {
  private static let label = "reseal/audit/v1"

  /// What stands before the first entry of a vault.
  package static func origin(vault: String) -> [UInt8] {
    var out = ByteWriter(label)
    out.lengthPrefixed(vault)
    return Digest.blake2b(out.bytes)
  }

  package static func hash(_ entry: [UInt8], after previous: [UInt8]) -> [UInt8] {
    var out = ByteWriter(label)
    out.raw(previous)
    out.lengthPrefixed(entry)
    return Digest.blake2b(out.bytes)
  }

  /// What the last entry of a transaction carries a signature over.
  package static func head(vault: String, sequence: Int64, hash: [UInt8]) -> [UInt8] {
    var out = ByteWriter("reseal/audit/head/v1")
    out.lengthPrefixed(vault)
    out.integer(sequence)
    out.raw(hash)
    return out.bytes
  }

  /// What a key signs about its successor.
  package static func succession(vault: String, number: UInt64, firstSequence: Int64, key: VerifyingKey) -> [UInt8] {
    var out = ByteWriter("reseal/audit/key/v1")
    out.lengthPrefixed(vault)
    out.integer(number)
    out.integer(firstSequence)
    out.raw(key.bytes)
    return out.bytes
  }
}

/// A digest of a row as the audit log knows it: `BLAKE2b-256("reseal/digest/v1" ‖ LP(table) ‖ C(column)…)`, over the
/// columns that rotation does not touch. `C` is the column encoding of row MACs.
package enum RowDigest {
  package static func make(table: String, columns: [ColumnValue]) -> [UInt8] {
    var out = ByteWriter("reseal/digest/v1")
    out.lengthPrefixed(table)
    for column in columns { out.column(column) }
    return Digest.blake2b(out.bytes)
  }
}
