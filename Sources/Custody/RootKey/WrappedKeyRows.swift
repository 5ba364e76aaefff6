import Sealing
import Storage

/// A row that holds a key wrapped under the root.
protocol WrappedKeyRow: VaultLevelRow {
  static var purpose: RootKey.Purpose { get }
  /// `nil` where the key was destroyed.
  var wrapped: [UInt8]? { get set }
  func associatedData(vault: String) throws -> [UInt8]
}

/// Every table with such rows, the vault's own apart. A rekey walks this list; a test finds a table of the schema that
/// is missing here.
enum WrappedKeyRows {
  static let all: [any WrappedKeyRow.Type] = [WorkspaceKeyRow.self, AuditKeyRow.self]
}

extension WorkspaceKeyRow: WrappedKeyRow {
  static var purpose: RootKey.Purpose { .workspaceKey }

  func associatedData(vault: String) -> [UInt8] {
    KeyGeneration.associatedData(generation, vault: vault, workspace: workspace.text, publicKey: publicKey)
  }
}

extension AuditKeyRow: WrappedKeyRow {
  static var purpose: RootKey.Purpose { .auditKey }

  func associatedData(vault: String) throws -> [UInt8] {
    SigningKey.associatedData(UInt64(bitPattern: number), try VerifyingKey(publicKey), vault: vault)
  }
}
