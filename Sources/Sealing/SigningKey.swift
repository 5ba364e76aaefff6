internal import CSodium

/// An Ed25519 key pair that signs the audit log (libsodium, "Public-key signatures"; RFC 8032). Its seed is 32 random
/// bytes in guarded memory.
package final class SigningKey: Sendable {
  package let publicKey: VerifyingKey
  private let seed: GuardedKey
  /// libsodium's form of the secret key: `seed ‖ public key`, 64 bytes.
  private let secretKey: GuardedKey

  private init(seed: GuardedKey) {
    Sodium.require()
    var publicKey = [UInt8](repeating: 0, count: VerifyingKey.size)
    secretKey = GuardedKey(count: 64) { out in
      seed.withBytes { seed in _ = crypto_sign_seed_keypair(&publicKey, out.octets, seed.octets) }
    }
    self.seed = seed
    self.publicKey = VerifyingKey(unchecked: publicKey)
  }

  package static func generate() -> SigningKey { SigningKey(seed: .random(32)) }

  /// The signature, 64 bytes.
  package func sign(_ message: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64) { out, count in
      secretKey.withBytes { key in
        _ = crypto_sign_detached(out.baseAddress!, nil, message, UInt64(message.count), key.octets)
      }
      count = 64
    }
  }

  /// The seed under the root: 72 bytes. `number` and public key are bound to it.
  package func wrapped(number: UInt64, under root: RootKey, vault: String) -> [UInt8] {
    let aad = Self.associatedData(number, publicKey, vault: vault)
    return root.wrap(seed.withBytes { Secret(copying: $0) }, for: .auditKey, aad: aad)
  }

  /// - Throws: `SealingError.cannotOpen` also where the seed does not make the public key that stands beside it.
  package static func unwrap(
    _ wrapped: [UInt8], number: UInt64, publicKey: VerifyingKey, under root: RootKey, vault: String
  ) throws(SealingError) -> SigningKey {
    let seed = try root.unwrap(wrapped, for: .auditKey, aad: associatedData(number, publicKey, vault: vault))
    guard seed.count == 32 else { throw .cannotOpen }
    let key = SigningKey(seed: GuardedKey(copying: seed))
    guard key.publicKey == publicKey else { throw .cannotOpen }
    return key
  }

  /// What the wrap of a seed is bound to.
  package static func associatedData(_ number: UInt64, _ publicKey: VerifyingKey, vault: String) -> [UInt8] {
    var out = ByteWriter("reseal/audit-key/v1")
    out.lengthPrefixed(vault)
    out.integer(number)
    out.raw(publicKey.bytes)
    return out.bytes
  }
}

/// The public half of a signing key: 32 bytes.
package struct VerifyingKey: Sendable, Equatable {
  static let size = 32
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count == Self.size else { throw .malformedKey("an Ed25519 public key has \(Self.size) bytes") }
    self.bytes = bytes
  }

  fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    Sodium.require()
    return signature.count == 64
      && crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
  }
}
