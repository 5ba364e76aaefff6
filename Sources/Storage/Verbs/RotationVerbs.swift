import Foundation
internal import GRDB
import Sealing

extension ReadTransaction {
  /// How many rows of a workspace have their MAC or their value under any other generation than `generation`.
  package func stragglers<R: TenantRow>(_: R.Type, workspace: UUID, besides generation: UInt32) throws -> Int {
    let condition = R.generationColumns.map { "\($0) <> ?2" }.joined(separator: " OR ")
    return Int(
      try integer(
        sql: "SELECT count(*) FROM \(R.table) WHERE workspace = ?1 AND (\(condition))",
        [.uuid(workspace), .integer(Int64(generation))]) ?? 0)
  }

  /// The keys of up to `limit` rows of a workspace that have their MAC or their value under `generation`.
  package func keys<R: TenantRow>(_: R.Type, workspace: UUID, under generation: UInt32, limit: Int) throws -> [String] {
    let condition = R.generationColumns.map { "\($0) = ?2" }.joined(separator: " OR ")
    let sql = "SELECT \(R.key.joined(separator: ", ")) FROM \(R.table) WHERE workspace = ?1 AND (\(condition)) LIMIT ?3"
    return try StorageError.translating {
      try Row.fetchAll(
        try db.cachedStatement(sql: sql),
        arguments: arguments([.uuid(workspace), .integer(Int64(generation)), .integer(Int64(limit))])
      ).map { keyText(Array($0.databaseValues)) }
    }
  }

  /// The lowest generation that a row of the workspace says it is under; `nil` without rows.
  package func oldestGeneration<R: TenantRow>(_: R.Type, workspace: UUID) throws -> UInt32? {
    let lowest = R.generationColumns.count == 1 ? "mac_generation" : "min(mac_generation, generation)"
    return try integer(sql: "SELECT min(\(lowest)) FROM \(R.table) WHERE workspace = ?", [.uuid(workspace)])
      .flatMap(UInt32.init(exactly:))
  }
}

extension WriteTransaction {
  /// Puts a row under another generation: compare-and-swap on its MAC, which stands for every column.
  /// - Returns: whether the row still was the one with `mac`; nothing is written when not.
  package func rekey<R: TenantRow>(_ row: R, from mac: [UInt8]) throws -> Bool {
    let names = R.generationColumns.contains("generation") ? ["generation", "header"] : []
    let values = names.map { name in row.values[R.columns.firstIndex(of: name)!] } + row.seal.values
    let sets = (names + RowSeal.columns).map { "\($0) = ?" }.joined(separator: ", ")
    let keys = R.key.map { "\($0) = ?" }.joined(separator: " AND ")
    let changed = try execute(
      "UPDATE \(R.table) SET \(sets) WHERE \(keys) AND mac = ?", values + row.keyValues + [.blob(mac)], table: R.table)
    return changed == 1
  }
}

extension TenantRow {
  /// The columns that say which generation a row is under.
  fileprivate static var generationColumns: [String] {
    columns.contains("generation") ? ["mac_generation", "generation"] : ["mac_generation"]
  }
}
