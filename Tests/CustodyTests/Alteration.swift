import Foundation
import GRDB

/// What an attacker can put into a column in place of what is there.
struct Alteration: Sendable {
  let column: String
  let value: DatabaseValue

  /// Every kind of change to `value`, in a column of `table`: other contents, other forms of the same content, NULL.
  static func all(of value: DatabaseValue, in column: Attacker.Column) -> [Alteration] {
    var values: [DatabaseValue]
    switch value.storage {
    case .null: values = filled(column.type)
    case .int64(let number): values = [number + 1, number ^ (1 << 40), -1 - number, number + 256].map(\.databaseValue)
    case .string(let text): values = [text + "x", String(text.dropLast()), text.uppercased(), "", text + " "].map(\.databaseValue)
    case .blob(let data): values = changed(data).map(\.databaseValue)
    case .double: values = []
    }
    if column.isNullable, !value.isNull { values.append(.null) }
    return values.filter { $0 != value }.map { Alteration(column: column.name, value: $0) }
  }

  private static func filled(_ type: String) -> [DatabaseValue] {
    switch type {
    case "INTEGER": [Int64(0).databaseValue, Int64(1).databaseValue]
    case "BLOB": [Data().databaseValue, Data([0]).databaseValue]
    default: ["".databaseValue, "x".databaseValue]
    }
  }

  private static func changed(_ data: Data) -> [Data] {
    var (first, last) = (data, data)
    if !data.isEmpty {
      first[0] ^= 1
      last[data.count - 1] ^= 0x80
    }
    return [first, last, data + [0], Data(data.dropLast()), Data()]
  }
}
