internal import CSodium

/// The root key R: 32 random bytes, in guarded memory, never stored bare.
///
/// R only wraps other keys. Nothing else that is stored depends on it, so replacing R re-wraps a handful of rows and
/// orphans nothing. Subkeys come from `crypto_kdf` (libsodium, "Key derivation").
package struct RootKey: Sendable {
  /// What a wrapped key is for. Each purpose has a subkey of its own; the numbers are part of the format.
  package enum Purpose: UInt64, Sendable {
    case workspaceKey = 1
    case vaultMACKey = 2
    case fingerprintKey = 3
    case auditKey = 4
    case check = 5
    case recoveryProof = 6
  }

  package static let size = 32
  private let key: GuardedKey

  package static func generate() -> RootKey { RootKey(key: .random(size)) }

  package init(_ secret: borrowing Secret) throws(SealingError) {
    guard secret.count == Self.size else { throw .malformedKey("a root key has \(Self.size) bytes") }
    key = GuardedKey(copying: secret)
  }

  private init(key: GuardedKey) { self.key = key }

  /// `nonce 24 ‖ ciphertext ‖ tag 16` of a key under this root.
  package func wrap(_ secret: borrowing Secret, for purpose: Purpose, aad: [UInt8]) -> [UInt8] {
    AEAD.encrypt(secret, aad: aad, key: subkey(purpose))
  }

  package func unwrap(_ wrapped: [UInt8], for purpose: Purpose, aad: [UInt8]) throws(SealingError) -> Secret {
    try AEAD.decrypt(wrapped, aad: aad, key: subkey(purpose))
  }

  /// R itself under a slot's key: 72 bytes.
  func wrapped(under kek: GuardedKey, aad: [UInt8]) -> [UInt8] {
    key.withBytes { root in kek.withBytes { AEAD.encrypt(root, aad: aad, key: $0) } }
  }

  /// R to the public half of a recovery key: 80 bytes.
  func sealed(to recovery: RecoveryPublicKey) -> [UInt8] {
    key.withBytes { SealedBox.seal($0, to: recovery.bytes) }
  }

  private func subkey(_ purpose: Purpose) -> GuardedKey {
    GuardedKey(count: AEAD.keySize) { out in
      key.withBytes { root in
        _ = crypto_kdf_derive_from_key(
          out.octets, out.count, purpose.rawValue, "resealR1",
          root.octets)
      }
    }
  }
}
