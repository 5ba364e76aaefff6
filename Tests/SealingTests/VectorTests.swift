import Testing

@testable import Sealing

@Suite("vectors of format v1")
struct VectorTests {
  static let values = ["value-empty", "value-one-byte", "value-63-bytes", "value-64-bytes", "value-credential"]

  @Test("a value sealed by the other implementation opens here", arguments: values)
  func opens(name: String) throws {
    let vector: ValueVector = try Vector.load(name)
    let generation = try vector.unwrapped()
    #expect(vector.context.context.hash == vector.contextHash.bytes)
    #expect(generation.outcome(vector.sealed, in: vector.context.context) == .opened(vector.plaintext.bytes))
    #expect(generation.rowMACKey.withBytes { [UInt8]($0) } == vector.generation.rowMacKey.bytes)
  }

  @Test("and only in its place", arguments: values)
  func elsewhere(name: String) throws {
    let vector: ValueVector = try Vector.load(name)
    let generation = try vector.unwrapped()
    let place = vector.context.context
    let other = Context(
      vault: place.vault, workspace: place.workspace, customer: place.customer, integration: place.integration,
      name: place.name, version: place.version &+ 1)
    #expect(generation.outcome(vector.sealed, in: other) == .cannotOpen)
  }

  @Test("a root key from a file slot")
  func fileSlot() throws {
    struct V: Decodable { let vault, slot, kind: String, parameters, kek, wrapped, rootKey: HexBytes }
    let vector: V = try Vector.load("slot-file")
    let slot = Slot(vault: vector.vault, id: vector.slot, kind: vector.kind, parameters: vector.parameters.bytes)
    let root = try slot.unwrap(vector.wrapped.bytes, with: KeyEncryptionKey(Secret(copying: vector.kek.bytes)))
    #expect(try opensVectors(root) == vector.rootKey)
  }

  @Test("a root key from a passphrase slot")
  func passphraseSlot() throws {
    struct V: Decodable { let vault, slot, kind: String, parameters, passphrase, wrapped, rootKey: HexBytes }
    let vector: V = try Vector.load("slot-passphrase")
    let slot = Slot(vault: vector.vault, id: vector.slot, kind: vector.kind, parameters: vector.parameters.bytes)
    let passphrase = try Passphrase(Secret(copying: vector.passphrase.bytes))
    let kek = try passphrase.key(PassphraseParameters(decoding: vector.parameters.bytes))
    #expect(try opensVectors(slot.unwrap(vector.wrapped.bytes, with: kek)) == vector.rootKey)
  }

  @Test("a root key from the box of a recovery slot")
  func recoveryBox() throws {
    struct V: Decodable { let recoverySecretKey, recoveryPublicKey, wrapped, rootKey: HexBytes }
    let vector: V = try Vector.load("slot-recovery")
    let secretKey = GuardedKey(copying: Secret(copying: vector.recoverySecretKey.bytes))
    let root = try SealedBox.open(
      vector.wrapped.bytes, publicKey: vector.recoveryPublicKey.bytes, secretKey: secretKey)
    #expect(try opensVectors(RootKey(root)) == vector.rootKey)
  }

  @Test("a root key from a recovery slot with its proof")
  func recoverySlot() throws {
    struct V: Decodable {
      let vault, slot, kind: String, parameters, recoverySecretKey, recoveryPublicKey, wrapped, rootKey: HexBytes
    }
    let vector: V = try Vector.load("slot-recovery-proven")
    let key = try RecoveryKey(Secret(copying: vector.recoverySecretKey.bytes))
    #expect(key.recipient.publicKey.bytes == vector.recoveryPublicKey.bytes)
    let slot = Slot(vault: vector.vault, id: vector.slot, kind: vector.kind, parameters: vector.parameters.bytes)
    let root = try key.open(vector.wrapped.bytes, in: slot)
    #expect(try opensVectors(root) == vector.rootKey)
    let kept = try RecoveryRecipient(publicKey: key.recipient.publicKey, of: slot, under: root)
    #expect(isSame(try key.open(kept.wrap(root, in: slot), in: slot), root))
  }

  /// The root key that `root` proves to be: it unwraps the generation of a value vector.
  private func opensVectors(_ root: RootKey) throws -> HexBytes {
    let vector: ValueVector = try Vector.load("value-empty")
    _ = try KeyGeneration.unwrap(
      vector.generation.wrapped.bytes, number: vector.generation.number, publicKey: vector.generation.publicKey.bytes,
      under: root, vault: vector.context.vault, workspace: vector.context.workspace)
    return vector.rootKey
  }

  @Test("row MACs are the same in both implementations", arguments: 0..<7)
  func rowMACs(index: Int) throws {
    let vector: RowVector = try Vector.load("row-mac")
    #expect(vector.rows.count == 7)
    let row = vector.rows[index]
    let key = vector.key.bytes.withUnsafeBytes { GuardedKey(copying: $0) }
    let columns = try row.columns.map { try $0.columnValue() }
    #expect(RowMAC.make(key, layout: row.layout, table: row.table, columns: columns) == row.mac.bytes)
  }

  @Test("what the root key wraps, and a fingerprint")
  func wraps() throws {
    struct Wrap: Decodable { let number: UInt64, plaintext, associatedData, wrapped: HexBytes }
    struct V: Decodable { let rootKey: HexBytes, wraps: [Wrap], refreshToken, fingerprint: HexBytes }
    let vector: V = try Vector.load("wraps")
    let root = try RootKey(Secret(copying: vector.rootKey.bytes))
    #expect(vector.wraps.map(\.number) == [2, 3, 4, 5])
    for wrap in vector.wraps {
      let purpose = try #require(RootKey.Purpose(rawValue: wrap.number))
      let opened = try root.unwrap(wrap.wrapped.bytes, for: purpose, aad: wrap.associatedData.bytes)
      #expect(opened.withBytes { Array($0) } == wrap.plaintext.bytes)
      guard purpose == .fingerprintKey else { continue }
      let token = Secret(copying: vector.refreshToken.bytes)
      #expect(Digest.keyed(GuardedKey(copying: opened), token) == vector.fingerprint.bytes)
    }
  }
}
