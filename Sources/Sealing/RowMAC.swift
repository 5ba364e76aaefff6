/// One value of a row, as the database stores it.
package enum ColumnValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
}

/// The MAC of a row over every column but the MAC's own:
/// `keyed BLAKE2b-256(key, "reseal/row/v1" ‖ u8 layout ‖ LP(table) ‖ LP(column)…)`.
///
/// A column is `u8 type ‖ value`: 0 null; 1 integer, i64 little-endian; 2 text, UTF-8; 3 blob.
package enum RowMAC {
  package static func make(_ key: GuardedKey, layout: UInt8, table: String, columns: [ColumnValue]) -> [UInt8] {
    Digest.keyed(key, message(layout: layout, table: table, columns: columns))
  }

  package static func matches(
    _ mac: [UInt8], _ key: GuardedKey, layout: UInt8, table: String, columns: [ColumnValue]
  ) -> Bool {
    constantTimeEqual(mac, make(key, layout: layout, table: table, columns: columns))
  }

  private static func message(layout: UInt8, table: String, columns: [ColumnValue]) -> [UInt8] {
    var out = ByteWriter("reseal/row/v1")
    out.integer(layout)
    out.lengthPrefixed(table)
    for column in columns { out.column(column) }
    return out.bytes
  }
}

extension ByteWriter {
  package mutating func column(_ value: ColumnValue) {
    switch value {
    case .null:
      lengthPrefixed([0])
    case .integer(let integer):
      self.integer(UInt32(9))
      self.integer(UInt8(1))
      self.integer(integer)
    case .text(let text):
      typed(2, Array(text.utf8))
    case .blob(let bytes):
      typed(3, bytes)
    }
  }

  private mutating func typed(_ type: UInt8, _ bytes: [UInt8]) {
    integer(UInt32(bytes.count + 1))
    integer(type)
    raw(bytes)
  }
}
