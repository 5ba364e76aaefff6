import Sealing
import Storage

extension AuditRow {
  /// What the chain covers: every column up to the key's number, then the changes that stand with the entry.
  ///
  /// `C(sequence) ‖ C(at) ‖ C(workspace) ‖ C(actor) ‖ C(action) ‖ C(subject) ‖ C(detail) ‖ C(key_number) ‖
  /// u32 count ‖ (C(row_table) ‖ C(row_key) ‖ C(digest))…`, with `C` as in row MACs.
  func encoded(with changes: [AuditChangeRow]) -> [UInt8] {
    var out = ByteWriter()
    for value in values.prefix(8) { out.column(value) }
    out.integer(UInt32(changes.count))
    for change in changes {
      out.column(.text(change.rowTable))
      out.column(.text(change.rowKey))
      out.column(.optional(change.digest))
    }
    return out.bytes
  }
}

/// A place in the log: a sequence number, and the hash of everything up to it.
package struct AuditHead: Sendable, Equatable {
  /// The numbers that an entry may have: exact wherever JSON is read, and far from the end of the integers.
  static let sequences: Range<Int64> = 1..<(1 << 53)

  package let sequence: Int64
  package let hash: [UInt8]

  package init(sequence: Int64, hash: [UInt8]) {
    self.sequence = sequence
    self.hash = hash
  }

  init(_ row: AuditRow) { self.init(sequence: row.sequence, hash: row.hash) }

  /// `1234:HEX`, to be kept elsewhere.
  package var text: String { "\(sequence):\(Hex.encode(hash))" }

  package init?(_ text: String) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let sequence = Int64(parts[0]), Self.sequences.contains(sequence),
      let hash = Hex.decode(String(parts[1])), hash.count == Digest.size
    else { return nil }
    self.init(sequence: sequence, hash: hash)
  }
}
