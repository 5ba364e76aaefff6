import Sealing
import Storage

/// A row as a rotation found it.
struct Candidate: Sendable {
  let row: any TenantRow
  /// Whether something else than a MAC vouches for it, where its MAC alone proves nothing.
  let isKnown: Bool
}

/// A row under its new generation, and the MAC of the one that it replaces.
struct RowMove: Sendable {
  let row: any TenantRow
  let oldMAC: [UInt8]
  /// Whether its payload was encrypted anew, so that the change belongs in the log.
  let isReencrypted: Bool
}

/// What a rotation does with a row.
enum Carriage: Sendable {
  case current
  case moved(RowMove)
  case fault(RowName)
}

/// Puts rows under the primary generation of a ring. Free of the database, so it works on any core.
struct RowCarrier: Sendable {
  private let keys: VaultKeys
  private let ring: KeyRing
  private let primary: KeyGeneration

  init(keys: VaultKeys, ring: KeyRing) throws(CustodyError) {
    (self.keys, self.ring, primary) = (keys, ring, try ring.primary())
  }

  /// The row under the primary generation; one that is there already is only proven by its MAC.
  func carry(_ candidate: Candidate) -> Carriage { carry(candidate.row, isKnown: candidate.isKnown) }

  private func carry<R: TenantRow>(_ row: R, isKnown: Bool) -> Carriage {
    do {
      guard isKnown else { throw integrity(row) }
      try keys.requireMAC(row, in: ring)
      if row.isUnder(primary.number) { return .current }
      let carried = try keys.carried(row, in: ring, to: primary)
      return .moved(
        RowMove(
          row: keys.sealed(carried, under: primary), oldMAC: row.seal.mac,
          isReencrypted: row is any SealedRow && row.isTainted(in: ring)))
    } catch {
      return .fault(RowName(row))
    }
  }

  /// Whether the row is whole: known, under a MAC that holds, and its header opens for its place. Under a generation that
  /// others know they can seal a header, so there the value itself has to open.
  func isWhole(_ candidate: Candidate) -> Bool { isWhole(candidate.row, isKnown: candidate.isKnown) }

  private func isWhole<R: TenantRow>(_ row: R, isKnown: Bool) -> Bool {
    guard isKnown, (try? keys.requireMAC(row, in: ring)) != nil else { return false }
    guard let sealed = row as? any SealedRow else { return true }
    guard let generation = ring.usable(sealed.sealed.generation) else { return false }
    let context = sealed.context(vault: keys.vault)
    do {
      if ring.isTainted(generation.number) {
        _ = try generation.open(sealed.sealed, in: context)
      } else {
        try generation.check(sealed.sealed, in: context)
      }
      return true
    } catch {
      return false
    }
  }
}

extension VaultKeys {
  /// The row with its value, if it has one, under `primary`: the header moves, and the payload stays as it is. Where
  /// the old generation is known to others, the data key is too: then the payload is encrypted anew.
  func carried<R: TenantRow>(_ row: R, in ring: KeyRing, to primary: KeyGeneration) throws -> R {
    guard let sealed = row as? any SealedRow, sealed.sealed.generation != primary.number else { return row }
    return try carriedValue(sealed, in: ring, to: primary) as! R
  }

  private func carriedValue<R: SealedRow>(_ row: R, in ring: KeyRing, to primary: KeyGeneration) throws -> R {
    guard let old = ring.usable(row.sealed.generation) else { throw integrity(row) }
    let context = row.context(vault: vault)
    var row = row
    do {
      row.sealed =
        ring.isTainted(old.number)
        ? try old.reencrypt(row.sealed, in: context, to: primary) : try old.rewrap(row.sealed, in: context, to: primary)
    } catch {
      throw integrity(row)
    }
    return row
  }
}

extension TenantRow {
  /// Whether its MAC and its value, if it has one, are under this generation.
  func isUnder(_ generation: UInt32) -> Bool { seal.generation == generation && sealedGeneration == generation }

  /// Whether others may have made this row: they hold the keys that it is under.
  func isTainted(in ring: KeyRing) -> Bool { ring.isTainted(seal.generation) || ring.isTainted(sealedGeneration) }

  /// The generation its sealed value is under, where it has one; else that of its MAC.
  private var sealedGeneration: UInt32 { (self as? any SealedRow)?.sealed.generation ?? seal.generation }
}
