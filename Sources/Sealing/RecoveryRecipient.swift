/// The public half of a recovery key, which stands in the vault's row.
package struct RecoveryPublicKey: Sendable, Equatable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count == 32 else { throw .malformedKey("a recovery public key has 32 bytes") }
    self.bytes = bytes
  }
}

/// What a vault keeps of a recovery key, so that it can hand the key another R while the key is offline.
///
/// A sealed box proves nothing about who sealed it. So the slot carries a proof under a key that only the recovery key
/// and R lead to: else whoever knows the public half could make a vault of his own that the recovery key opens.
package struct RecoveryRecipient: Sendable {
  /// A sealed box of 80 bytes, and a proof of 32.
  static let wrappedSize = RootKey.size + SealedBox.overhead + Digest.size

  package let publicKey: RecoveryPublicKey
  let proofKey: GuardedKey

  init(publicKey: RecoveryPublicKey, proofKey: GuardedKey) { (self.publicKey, self.proofKey) = (publicKey, proofKey) }

  /// Takes the proof key out of a slot's parameters.
  package init(publicKey: RecoveryPublicKey, of slot: Slot, under root: RootKey) throws(SealingError) {
    let key = try root.unwrap(slot.parameters, for: .recoveryProof, aad: Self.aad(slot))
    guard key.count == 32 else { throw .cannotOpen }
    self.init(publicKey: publicKey, proofKey: GuardedKey(copying: key))
  }

  /// The slot's parameters: the proof key under R, 72 bytes.
  package func parameters(of slot: Slot, under root: RootKey) -> [UInt8] {
    root.wrap(proofKey.withBytes { Secret(copying: $0) }, for: .recoveryProof, aad: Self.aad(slot))
  }

  /// R for the slot, whose parameters are under the same R: 112 bytes.
  package func wrap(_ root: RootKey, in slot: Slot) -> [UInt8] {
    let box = root.sealed(to: publicKey)
    return box + proof(of: box, in: slot)
  }

  func proof(of box: [UInt8], in slot: Slot) -> [UInt8] { Digest.keyed(proofKey, slot.aad + box) }

  private static func aad(_ slot: Slot) -> [UInt8] {
    var aad = ByteWriter("reseal/recovery/v1")
    aad.lengthPrefixed(slot.vault)
    aad.lengthPrefixed(slot.id)
    return aad.bytes
  }
}
