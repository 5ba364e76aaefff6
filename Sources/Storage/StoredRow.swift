import Foundation
import Sealing

/// A row of one table: its columns in a fixed order, which is also the order of its MAC.
package protocol StoredRow: Sendable {
  static var table: String { get }
  /// The columns of the primary key.
  static var key: [String] { get }
  static var columns: [String] { get }
  /// What a row of this table leaves in the log when it goes.
  static var residue: Residue { get }
  /// One value per name in `columns`.
  var values: [ColumnValue] { get }
  init(reading columns: inout ColumnReader) throws
}

/// A row under a MAC. `columns` and `values` leave out the three columns of the MAC itself.
package protocol AuthenticatedRow: StoredRow {
  /// Raised when the meaning of the columns changes.
  static var layout: UInt8 { get }
  var seal: RowSeal { get set }
}

/// A row under the row-MAC key of its workspace.
package protocol TenantRow: AuthenticatedRow {
  var workspace: UUID { get }
}

/// A row under the vault's own MAC key: what stands above the workspaces, and what is only kept about them. A rotation
/// of a workspace key never touches it, and a row-MAC key that leaked forges nothing in it.
package protocol VaultLevelRow: AuthenticatedRow {
  /// Whether the audit log has a digest of each change: so for what grants and opens; what tells and counts would only
  /// be told twice.
  static var isLogged: Bool { get }
}

extension VaultLevelRow {
  package static var isLogged: Bool { true }
}

extension AuthenticatedRow {
  package static var layout: UInt8 { 1 }
}

/// The MAC of a row and what is needed to check it. `generation` 0 is the vault's own MAC key.
package struct RowSeal: Sendable, Equatable {
  package var layout: UInt8
  package var generation: UInt32
  package var mac: [UInt8]

  package init(layout: UInt8, generation: UInt32, mac: [UInt8]) {
    self.layout = layout
    self.generation = generation
    self.mac = mac
  }

  /// A row that has not been written yet.
  package static let none = RowSeal(layout: 0, generation: 0, mac: [])
  static let columns = ["layout", "mac_generation", "mac"]

  var values: [ColumnValue] { [.integer(Int64(layout)), .integer(Int64(generation)), .blob(mac)] }

  init(reading columns: inout ColumnReader) throws {
    layout = try columns.layout()
    generation = try columns.generation()
    mac = try columns.blob()
  }
}

extension StoredRow {
  package static var residue: Residue { .nothing }

  /// Every column that the table stores, the MAC's included.
  static var storedColumns: [String] { self is any AuthenticatedRow.Type ? columns + RowSeal.columns : columns }

  var storedValues: [ColumnValue] {
    if let row = self as? any AuthenticatedRow { return values + row.seal.values }
    return values
  }

  /// What picks out the one row with this primary key. Half a key would pick out several.
  package static func matching(_ key: [ColumnValue]) -> [String: ColumnValue] {
    precondition(key.count == Self.key.count, "a row is named by its whole key")
    return Dictionary(uniqueKeysWithValues: zip(Self.key, key))
  }

  /// The values of the primary key, in the order of `key`.
  package var keyValues: [ColumnValue] {
    Self.key.map { name in values[Self.columns.firstIndex(of: name)!] }
  }
}

extension ColumnValue {
  package static func uuid(_ value: UUID) -> ColumnValue { .text(value.text) }
  package static func uuid(_ value: UUID?) -> ColumnValue { value.map { .uuid($0) } ?? .null }
  package static func instant(_ value: Instant) -> ColumnValue { .integer(value.milliseconds) }
  package static func instant(_ value: Instant?) -> ColumnValue { value.map { .instant($0) } ?? .null }
  package static func optional(_ value: String?) -> ColumnValue { value.map { .text($0) } ?? .null }
  package static func optional(_ value: Int64?) -> ColumnValue { value.map { .integer($0) } ?? .null }
  package static func optional(_ value: [UInt8]?) -> ColumnValue { value.map { .blob($0) } ?? .null }
  package static func word<W: RawRepresentable<String>>(_ value: W) -> ColumnValue { .text(value.rawValue) }
}

extension UUID {
  /// The one text form in use: 36 lower-case characters.
  package var text: String { uuidString.lowercased() }
}
