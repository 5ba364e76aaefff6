import Sealing
import Storage

/// A named secret that is yet to come: its place, and the generation that it will be sealed to. One that a rotation has
/// replaced meanwhile does no harm: the value moves along when its row is inserted.
package struct PreparedSeal: Sendable {
  private let row: SealedSecretRow
  private let generation: KeyGeneration
  private let vault: String
  private let clocks: Clocks

  init(_ row: SealedSecretRow, _ generation: KeyGeneration, vault: String, clocks: Clocks) {
    self.row = row
    self.generation = generation
    self.vault = vault
    self.clocks = clocks
  }

  package func seal(_ secret: borrowing Secret) -> SealedSecretRow {
    var row = row
    row.createdAt = clocks.now()
    row.sealed = generation.seal(secret, in: row.context(vault: vault), createdAt: UInt64(row.createdAt.milliseconds))
    return row
  }
}
