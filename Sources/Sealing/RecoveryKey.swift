internal import CSodium

/// The half of the recovery key that an operator keeps offline, printed once: 32 bytes, an X25519 secret key.
package struct RecoveryKey: Sendable {
  private let secretKey: GuardedKey
  /// What the vault keeps of it.
  package let recipient: RecoveryRecipient

  package static func generate() -> (key: RecoveryKey, printed: [UInt8]) {
    var printed = RandomBytes.make(32)
    guard let key = try? RecoveryKey(Secret(copying: printed)) else {
      wipe(&printed)
      return generate()
    }
    return (key, printed)
  }

  package init(_ secret: borrowing Secret) throws(SealingError) {
    guard secret.count == 32 else { throw .malformedKey("a recovery key has 32 bytes, this one has \(secret.count)") }
    secretKey = GuardedKey(copying: secret)
    guard let publicKey = SealedBox.publicKey(of: secretKey) else { throw .malformedKey("not a usable recovery key") }
    recipient = RecoveryRecipient(publicKey: try RecoveryPublicKey(publicKey), proofKey: Self.proofKey(of: secretKey))
  }

  /// R out of its slot.
  /// - Throws: `cannotOpen` for a slot that was made by somebody who had neither this key nor R, although anybody can
  ///   seal to its public half.
  package func open(_ wrapped: [UInt8], in slot: Slot) throws(SealingError) -> RootKey {
    guard wrapped.count == RecoveryRecipient.wrappedSize else { throw .cannotOpen }
    let box = Array(wrapped.dropLast(Digest.size))
    guard constantTimeEqual(recipient.proof(of: box, in: slot), Array(wrapped.suffix(Digest.size))) else {
      throw .cannotOpen
    }
    return try RootKey(SealedBox.open(box, publicKey: recipient.publicKey.bytes, secretKey: secretKey))
  }

  private static func proofKey(of secretKey: GuardedKey) -> GuardedKey {
    Sodium.require()
    return GuardedKey(count: 32) { out in
      secretKey.withBytes { _ = crypto_kdf_derive_from_key(out.octets, out.count, 1, "resealR1", $0.octets) }
    }
  }
}
