import Foundation
import Sealing

/// Which generations a workspace has and in which state, under the vault MAC key: a swapped state is found out.
package struct KeyRingRow: VaultLevelRow {
  package static let table = "key_rings"
  package static let key = ["workspace"]
  package static let columns = [
    "workspace", "epoch", "generations", "tainted_through",
  ]

  package var workspace: UUID
  /// Rises with every change: a process with an older ring reloads.
  package var epoch: Int64
  /// `1:disabled@1760000000000,2:decrypt-only,3:primary`, ascending; the instant is the end of a retired one's grace.
  package var generations: String
  /// Generations up to this one are known to others.
  package var taintedThrough: UInt32?
  package var seal = RowSeal.none

  package init(
    workspace: UUID, epoch: Int64, generations: String, taintedThrough: UInt32? = nil
  ) {
    self.workspace = workspace
    self.epoch = epoch
    self.generations = generations
    self.taintedThrough = taintedThrough
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .integer(epoch), .text(generations), .optional(taintedThrough.map(Int64.init)),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    epoch = try columns.integer()
    generations = try columns.text()
    taintedThrough = try columns.optionalGeneration()
    seal = try columns.seal()
  }
}

/// The wrapped keys of one generation. The wrap names its place, too: keys do not move even for who could make MACs.
package struct WorkspaceKeyRow: VaultLevelRow {
  package static let table = "workspace_keys"
  package static let key = ["workspace", "generation"]
  package static let residue = Residue.wrappedKey
  package static let columns = [
    "workspace", "generation", "public_key", "wrapped", "created_at",
  ]

  package var workspace: UUID
  package var generation: UInt32
  package var publicKey: [UInt8]
  /// `nil` once the generation is destroyed.
  package var wrapped: [UInt8]?
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    workspace: UUID, generation: UInt32, publicKey: [UInt8], wrapped: [UInt8]? = nil, createdAt: Instant
  ) {
    self.workspace = workspace
    self.generation = generation
    self.publicKey = publicKey
    self.wrapped = wrapped
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .integer(Int64(generation)), .blob(publicKey), .optional(wrapped), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    generation = try columns.generation()
    publicKey = try columns.blob()
    wrapped = try columns.optionalBlob()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
