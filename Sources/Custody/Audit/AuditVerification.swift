import Foundation
import Sealing
import Storage

/// What `reseal audit verify` found.
package struct AuditReport: Sendable, Codable {
  /// Entries whose hash and key were proven.
  package var entries = 0
  package var keys = 0
  /// The last entry that was pruned; 0 where nothing was.
  package var prunedThrough: Int64 = 0
  /// `SEQUENCE:HASH` of the last entry: keep it elsewhere, and a later check can show that this log goes on from here.
  package var head: String?
  package var problem: AuditProblem?

  package var isSound: Bool { problem == nil }

  private enum CodingKeys: String, CodingKey {
    case entries, keys, head, problem
    case prunedThrough = "pruned_through"
  }
}

/// A whole log, as a database or an exported file holds it.
protocol AuditSource {
  var vault: String { get }
  var keys: [AuditKeyRow] { get throws }
  var horizon: AuditHead? { get throws }
  /// Hands out every entry, in order.
  func forEach(_ body: (AuditRow, [AuditChangeRow]) throws -> Void) throws
}

extension AuditReport {
  /// Follows the log.
  /// - Parameter expected: heads that were kept elsewhere, which must be in it.
  init(of source: some AuditSource, firstKey: VerifyingKey, expecting expected: [AuditHead]) throws {
    do {
      let (rows, horizon) = (try source.keys, try source.horizon)
      keys = rows.count
      prunedThrough = horizon?.sequence ?? 0
      var verifier = try AuditVerifier(
        vault: source.vault, firstKey: firstKey, keys: rows, horizon: horizon)
      defer { (entries, head) = (verifier.entries, verifier.entries > 0 ? verifier.head.text : nil) }
      var missing = expected.filter { $0 != horizon }
      try source.forEach { row, changes in
        try verifier.take(row, changes)
        missing.removeAll { $0 == verifier.head }
      }
      try verifier.finish()
      if let head = missing.first {
        throw AuditProblem(sequence: head.sequence, what: "the log does not contain the head \(head.text)")
      }
    } catch let found as AuditProblem {
      problem = found
    } catch StorageError.malformedRow(let table) {
      problem = AuditProblem(sequence: 0, what: "a row of \(table) is malformed")
    }
  }
}

/// The log of an open database, read a thousand entries at a time. Proves no MAC: who follows it may have no key.
struct StoredAudit: AuditSource {
  let vault: String
  let tx: ReadTransaction

  /// - Throws: `AuditProblem` unless the secret half of the last key is there, and that of no other.
  var keys: [AuditKeyRow] {
    get throws {
      let rows = try tx.rows(AuditKeyRow.self)
      if let row = rows.first(where: { ($0.wrapped != nil) != ($0.number == rows.last?.number) }) {
        let what = row.wrapped == nil ? "is gone" : "is there although the next one has taken over"
        throw AuditProblem(sequence: row.firstSequence, what: "the secret half of key \(row.number) \(what)")
      }
      return rows
    }
  }

  var horizon: AuditHead? {
    get throws {
      guard let row = try tx.row(AuditHorizonRow.self, .integer(1)) else { return nil }
      guard AuditHead.sequences.contains(row.through) else {
        throw AuditProblem(sequence: 1, what: "the horizon is at no entry")
      }
      return AuditHead(sequence: row.through, hash: row.hash)
    }
  }

  func forEach(_ body: (AuditRow, [AuditChangeRow]) throws -> Void) throws {
    var cursor = try horizon?.sequence ?? 0
    if let first = try tx.rows(AuditRow.self, limit: 1).first?.sequence, first <= cursor {
      let what = first < 1 ? "no entry has such a number" : "the entry was pruned, and is there again"
      throw AuditProblem(sequence: first, what: what)
    }
    while true {
      let page = try tx.auditEntries(after: cursor, limit: 1000)
      guard let last = page.last else { break }
      let changes = Dictionary(
        grouping: try tx.auditChanges(from: page[0].sequence, through: last.sequence), by: \.sequence)
      for row in page { try body(row, changes[row.sequence] ?? []) }
      cursor = last.sequence
    }
    if let damage = try tx.damage() {
      throw AuditProblem(sequence: cursor, what: "the database file is damaged: \(damage)")
    }
    guard try tx.strayAuditChanges() == 0 else {
      throw AuditProblem(sequence: cursor + 1, what: "there are changes that belong to no entry")
    }
  }
}

extension Custodian {
  /// Follows the whole log, under one snapshot.
  package func verifyAudit(expecting heads: [AuditHead] = []) throws -> AuditReport {
    try store.read { tx in try verifyAudit(in: tx, expecting: heads) }
  }

  func verifyAudit(in tx: ReadTransaction, expecting heads: [AuditHead] = []) throws -> AuditReport {
    let firstKey = try VerifyingKey(vaultRow(in: tx).auditPublicKey)
    return try AuditReport(of: StoredAudit(vault: vaultID, tx: tx), firstKey: firstKey, expecting: heads)
  }

  /// Follows the log of a database without opening the vault: the first public key is all it takes.
  package static func verifyAudit(
    at path: String, firstKey: VerifyingKey, expecting heads: [AuditHead]
  ) throws -> AuditReport {
    let store = try Store.open(at: path)
    defer { try? store.close() }
    return try store.read { tx in
      guard let vault = try tx.row(VaultRow.self, .integer(1)) else { throw CustodyError.notFound }
      return try AuditReport(of: StoredAudit(vault: vault.vault.text, tx: tx), firstKey: firstKey, expecting: heads)
    }
  }
}
