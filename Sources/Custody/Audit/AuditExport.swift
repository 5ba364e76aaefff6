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

    struct Key: Codable, Equatable {
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

    struct Entry: Codable, Equatable {
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

    struct Change: Codable, Equatable {
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
  /// - Throws: `AuditProblem` for a log with something in it that no line would tell of.
  package func exportAudit(_ write: (String) throws -> Void) throws -> AuditHead? {
    try store.read { tx in
      let source = StoredAudit(vault: vaultID, tx: tx)
      let header = AuditExport.Line.Vault(
        vault: vaultID, auditPublicKey: AuditPublicKey.text(try vaultRow(in: tx).auditPublicKey),
        horizon: try source.horizon?.text)
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

extension AuditExport.Line.Key {
  init(_ row: AuditKeyRow) {
    self.init(
      key: row.number, firstSequence: row.firstSequence, publicKey: Hex.encode(row.publicKey),
      endorsement: row.endorsement.map(Hex.encode))
  }

  var row: AuditKeyRow {
    AuditKeyRow(
      number: key, firstSequence: firstSequence, publicKey: Hex.decode(publicKey) ?? [],
      endorsement: endorsement.flatMap(Hex.decode), wrapped: nil, createdAt: Instant(milliseconds: 0))
  }
}

extension AuditExport.Line.Entry {
  init(_ row: AuditRow, _ changes: [AuditChangeRow]) {
    self.init(
      sequence: row.sequence, at: row.at.milliseconds, workspace: row.workspace?.text, actor: row.actor,
      action: row.action, subject: row.subject, detail: row.detail, keyNumber: row.keyNumber,
      changes: changes.map {
        AuditExport.Line.Change(table: $0.rowTable, key: $0.rowKey, digest: $0.digest.map(Hex.encode))
      }, hash: Hex.encode(row.hash), signature: row.signature.map(Hex.encode))
  }

  var row: AuditRow {
    AuditRow(
      sequence: sequence, at: Instant(milliseconds: at), workspace: workspace.flatMap(UUID.init(uuidString:)),
      actor: actor, action: action, subject: subject, detail: detail, keyNumber: keyNumber,
      hash: Hex.decode(hash) ?? [], signature: signature.flatMap(Hex.decode))
  }

  var changeRows: [AuditChangeRow] {
    changes.enumerated().map { index, change in
      AuditChangeRow(
        sequence: sequence, position: Int64(index), rowTable: change.table, rowKey: change.key,
        digest: change.digest.flatMap(Hex.decode))
    }
  }
}
