import Foundation
import Sealing
import Storage

/// An audit log as lines of JSON: first the vault, then its keys, then every entry. Complete in itself: with the first
/// public key, which the vault's operator has from `init`, anybody can check it (`docs/format.md`).
package enum AuditExport {
  enum Line: Codable {
    case vault(Vault)
    case key(Key)
    case entry(Entry)

    struct Vault: Codable {
      let vault: String
      let auditPublicKey: String
      let horizon: String?
      private enum CodingKeys: String, CodingKey {
        case vault, horizon
        case auditPublicKey = "audit_public_key"
      }
    }

    struct Key: Codable {
      let key: Int64
      let firstSequence: Int64
      let publicKey: String
      let endorsement: String?
      private enum CodingKeys: String, CodingKey {
        case key, endorsement
        case firstSequence = "first_sequence"
        case publicKey = "public_key"
      }
    }

    struct Entry: Codable {
      let sequence: Int64
      let at: Int64
      let workspace: String?
      let actor: String
      let action: String
      let subject: String
      let detail: String
      let keyNumber: Int64
      let changes: [Change]
      let hash: String
      let signature: String?
      private enum CodingKeys: String, CodingKey {
        case sequence, at, workspace, actor, action, subject, detail, changes, hash, signature
        case keyNumber = "key_number"
      }
    }

    struct Change: Codable {
      let table: String
      let key: String
      let digest: String?
    }

    init(from decoder: any Decoder) throws {
      if let entry = try? Entry(from: decoder) {
        self = .entry(entry)
      } else if let key = try? Key(from: decoder) {
        self = .key(key)
      } else {
        self = .vault(try Vault(from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .vault(let vault): try vault.encode(to: encoder)
      case .key(let key): try key.encode(to: encoder)
      case .entry(let entry): try entry.encode(to: encoder)
      }
    }
  }
}

extension Custodian {
  /// Hands out the log line by line, under one snapshot.
  /// - Returns: its head.
  package func exportAudit(_ write: (String) throws -> Void) throws -> AuditHead? {
    try store.read { tx in
      let source = StoredAudit(vault: vaultID, tx: tx)
      let header = AuditExport.Line.Vault(
        vault: vaultID, auditPublicKey: AuditPublicKey.text(try vaultRow(in: tx).auditPublicKey), horizon: try source.horizon?.text)
      try write(CanonicalJSON.text(AuditExport.Line.vault(header)))
      for row in try source.keys { try write(CanonicalJSON.text(AuditExport.Line.key(.init(row)))) }
      var head: AuditHead?
      try source.forEach { row, changes in
        try write(CanonicalJSON.text(AuditExport.Line.entry(.init(row, changes))))
        head = AuditHead(row)
      }
      return head
    }
  }
}

/// An exported log.
package struct ExportedAudit: AuditSource {
  let vault: String
  let keys: [AuditKeyRow]
  let horizon: AuditHead?
  private let entries: [AuditExport.Line.Entry]

  /// - Throws: `refused` for a file that is no export.
  package init(_ text: String) throws(CustodyError) {
    var (vault, keys, entries): (AuditExport.Line.Vault?, [AuditKeyRow], [AuditExport.Line.Entry]) = (nil, [], [])
    for (number, line) in text.split(separator: "\n").enumerated() {
      switch CanonicalJSON.value(AuditExport.Line.self, from: String(line)) {
      case .vault(let line): vault = line
      case .key(let line): keys.append(line.row)
      case .entry(let line): entries.append(line)
      case nil: throw .refused("line \(number + 1) is no line of an exported audit log")
      }
    }
    guard let vault else { throw .refused("this is no exported audit log: it does not say which vault it is of") }
    self.vault = vault.vault
    self.keys = keys
    self.entries = entries
    horizon = vault.horizon.flatMap(AuditHead.init)
  }

  func forEach(_ body: (AuditRow, [AuditChangeRow]) throws -> Void) throws {
    for entry in entries { try body(entry.row, entry.changeRows) }
  }

  /// - Parameter firstKey: as `init` printed it. What the file itself says about it proves nothing.
  package func verify(firstKey: VerifyingKey, expecting heads: [AuditHead] = []) throws -> AuditReport {
    try AuditReport(of: self, firstKey: firstKey, expecting: heads)
  }
}

extension AuditExport.Line.Key {
  fileprivate init(_ row: AuditKeyRow) {
    self.init(
      key: row.number, firstSequence: row.firstSequence, publicKey: Hex.encode(row.publicKey),
      endorsement: row.endorsement.map(Hex.encode))
  }

  fileprivate var row: AuditKeyRow {
    AuditKeyRow(
      number: key, firstSequence: firstSequence, publicKey: Hex.decode(publicKey) ?? [],
      endorsement: endorsement.flatMap(Hex.decode), wrapped: nil, createdAt: Instant(milliseconds: 0))
  }
}

extension AuditExport.Line.Entry {
  fileprivate init(_ row: AuditRow, _ changes: [AuditChangeRow]) {
    self.init(
      sequence: row.sequence, at: row.at.milliseconds, workspace: row.workspace?.text, actor: row.actor,
      action: row.action, subject: row.subject, detail: row.detail, keyNumber: row.keyNumber,
      changes: changes.map {
        AuditExport.Line.Change(table: $0.rowTable, key: $0.rowKey, digest: $0.digest.map(Hex.encode))
      }, hash: Hex.encode(row.hash), signature: row.signature.map(Hex.encode))
  }

  fileprivate var row: AuditRow {
    AuditRow(
      sequence: sequence, at: Instant(milliseconds: at), workspace: workspace.flatMap(UUID.init(uuidString:)),
      actor: actor, action: action, subject: subject, detail: detail, keyNumber: keyNumber,
      hash: Hex.decode(hash) ?? [], signature: signature.flatMap(Hex.decode))
  }

  fileprivate var changeRows: [AuditChangeRow] {
    changes.enumerated().map { index, change in
      AuditChangeRow(
        sequence: sequence, position: Int64(index), rowTable: change.table, rowKey: change.key,
        digest: change.digest.flatMap(Hex.decode))
    }
  }
}
