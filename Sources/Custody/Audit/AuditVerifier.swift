import Foundation
import Sealing
import Storage

/// The first thing in an audit log that does not fit.
package struct AuditProblem: Error, Equatable, Codable {
  /// The entry at which it shows.
  package let sequence: Int64
  package let what: String

  package var message: String { "the audit log does not verify at entry \(sequence): \(what)" }
}

/// Follows an audit log from its beginning, entry by entry. Needs no secret: only the first public key, which `init`
/// printed, tells whose log it is.
struct AuditVerifier {
  private let vault: String
  private let keys: [(row: AuditKeyRow, key: VerifyingKey)]
  private let horizon: AuditHead?
  private var range = 0
  private var prunedTo: AuditHead?
  private var isSigned = false
  private(set) var head: AuditHead
  private(set) var entries = 0

  /// - Parameters:
  ///   - keys: in order; each must be vouched for by the one before it.
  ///   - horizon: where the log begins, if it has been pruned.
  init(
    vault: String, firstKey: VerifyingKey, keys: [AuditKeyRow], horizon: AuditHead?
  ) throws(AuditProblem) {
    self.vault = vault
    self.horizon = horizon
    self.keys = try Self.succession(of: keys, from: firstKey, vault: vault)
    head = horizon ?? AuditHead(sequence: 0, hash: AuditChain.origin(vault: vault))
  }

  private static func succession(
    of rows: [AuditKeyRow], from firstKey: VerifyingKey, vault: String
  ) throws(AuditProblem) -> [(row: AuditKeyRow, key: VerifyingKey)] {
    var known: [(row: AuditKeyRow, key: VerifyingKey)] = []
    for row in rows {
      guard let key = try? VerifyingKey(row.publicKey), row.number == known.count + 1 else {
        throw AuditProblem(sequence: row.firstSequence, what: "the keys of the log are not in order")
      }
      if let last = known.last {
        let message = AuditChain.succession(
          vault: vault, number: UInt64(row.number), firstSequence: row.firstSequence, key: key)
        guard row.firstSequence > last.row.firstSequence, let endorsement = row.endorsement,
          last.key.verifies(endorsement, of: message)
        else { throw AuditProblem(sequence: row.firstSequence, what: "key \(row.number) is not the successor of the one before it") }
      } else if key != firstKey || row.firstSequence != 1 {
        throw AuditProblem(sequence: 1, what: "the log does not begin with the vault's first key")
      }
      known.append((row, key))
    }
    guard !known.isEmpty else { throw AuditProblem(sequence: 1, what: "the log has no key") }
    return known
  }

  /// The next entry, with the changes that stand with it.
  mutating func take(_ row: AuditRow, _ changes: [AuditChangeRow]) throws(AuditProblem) {
    guard row.sequence == head.sequence + 1 else {
      throw AuditProblem(sequence: head.sequence + 1, what: "the entry is missing")
    }
    let inOrder = changes.enumerated().allSatisfy { $1.position == Int64($0) }
    guard inOrder, row.hash == AuditChain.hash(row.encoded(with: changes), after: head.hash) else {
      throw AuditProblem(sequence: row.sequence, what: "the entry is not what was written, or does not follow the one before it")
    }
    try requireKey(of: row)
    head = AuditHead(row)
    entries += 1
    if row.action == Self.pruneAction { prunedTo = Self.horizon(in: row) }
  }

  private mutating func requireKey(of row: AuditRow) throws(AuditProblem) {
    while range + 1 < keys.count, keys[range + 1].row.firstSequence <= row.sequence { range += 1 }
    let (holder, key) = keys[range]
    guard row.keyNumber == holder.number else {
      throw AuditProblem(sequence: row.sequence, what: "the entry names a key outside its range")
    }
    let handsOver = range + 1 < keys.count && keys[range + 1].row.firstSequence == row.sequence + 1
    guard (row.action == Self.keyAction) == handsOver else {
      throw AuditProblem(sequence: row.sequence, what: "the log and its keys do not agree about where a key's range ends")
    }
    isSigned = row.signature != nil
    guard let signature = row.signature else { return }
    guard key.verifies(signature, of: AuditChain.head(vault: vault, sequence: row.sequence, hash: row.hash)) else {
      throw AuditProblem(sequence: row.sequence, what: "the signature is not of the key of this range")
    }
  }

  /// - Throws: for a log that ends without a signature or before its last key, or begins later than it says.
  func finish() throws(AuditProblem) {
    guard entries > 0, isSigned else {
      throw AuditProblem(sequence: head.sequence, what: "the end of the log is not signed: something behind it is missing")
    }
    guard let last = keys.last, last.row.firstSequence <= head.sequence + 1 else {
      throw AuditProblem(sequence: head.sequence + 1, what: "the log ends before its last key: what is behind it is missing")
    }
    guard prunedTo == horizon else {
      throw AuditProblem(sequence: (horizon?.sequence ?? 0) + 1, what: "the log begins later than it was pruned to")
    }
  }

  static let keyAction = "audit.key"
  static let pruneAction = "audit.prune"

  private static func horizon(in row: AuditRow) -> AuditHead? {
    let detail: [String: String] = CanonicalJSON.value(from: row.detail) ?? [:]
    return detail["through"].flatMap(AuditHead.init)
  }
}
