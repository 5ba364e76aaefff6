import Foundation
import Sealing
import Storage

/// What a backup contains, as it was when it was made: stands beside the snapshot, under the vault's own key.
package struct BackupManifest: Codable, Sendable, Equatable {
  package static let currentFormat = "reseal-backup/v1"

  package var format = currentFormat
  package var vault: String
  /// RFC 3339.
  package var createdAt: String
  package var schema: Int
  package var rootEpoch: Int64
  package var incarnation: Int64
  /// Rows by table.
  package var tables: [String: Int]
  /// Rows by workspace and generation.
  package var generations: [String: [String: Int]]
  package var audit: LogEnd
  package var snapshot: Snapshot
  /// `table/key` of the rows that did not verify in the vault itself.
  package var quarantined: [String]

  /// The end of the audit log at that moment.
  package struct LogEnd: Codable, Sendable, Equatable {
    package var sequence: Int64
    /// The chain's hash over everything up to there, hex.
    package var hash: String
  }

  package struct Snapshot: Codable, Sendable, Equatable {
    package var bytes: Int64
    package var sha256: String
  }

  private enum CodingKeys: String, CodingKey {
    case format, vault, schema, incarnation, tables, generations, audit, snapshot, quarantined
    case createdAt = "created_at"
    case rootEpoch = "root_epoch"
  }
}

/// A manifest with its MAC, as it is written.
struct SealedManifest: Codable {
  let backup: BackupManifest
  let mac: String

  init(_ manifest: BackupManifest, keys: VaultKeys) {
    backup = manifest
    mac = Self.mac(manifest, keys)
  }

  var bytes: [UInt8] { Array((CanonicalJSON.text(self) + "\n").utf8) }

  func isGenuine(_ keys: VaultKeys) -> Bool {
    constantTimeEqual(Array(mac.utf8), Array(Self.mac(backup, keys).utf8))
  }

  private static func mac(_ manifest: BackupManifest, _ keys: VaultKeys) -> String {
    Hex.encode(keys.tag("backup", Array(CanonicalJSON.text(manifest).utf8)))
  }
}
