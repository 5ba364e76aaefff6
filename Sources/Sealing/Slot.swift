internal import CSodium

/// One way to the root key: R wrapped under a key-encryption key (KEK) that an operator keeps elsewhere.
///
/// `wrapped` is 72 bytes for a KEK, 80 for a recovery key. Where the KEK comes from is never read from here.
package struct Slot: Sendable, Equatable {
  package let vault: String
  package let id: String
  package let kind: String
  package let parameters: [UInt8]

  package init(vault: String, id: String, kind: String, parameters: [UInt8] = []) {
    self.vault = vault
    self.id = id
    self.kind = kind
    self.parameters = parameters
  }

  private var aad: [UInt8] {
    var aad = ByteWriter("reseal/slot/v1")
    aad.lengthPrefixed(vault)
    aad.lengthPrefixed(id)
    aad.lengthPrefixed(kind)
    aad.lengthPrefixed(parameters)
    return aad.bytes
  }

  package func wrap(_ root: RootKey, under kek: KeyEncryptionKey) -> [UInt8] {
    root.wrapped(under: kek.key, aad: aad)
  }

  package func unwrap(_ wrapped: [UInt8], with kek: KeyEncryptionKey) throws(SealingError) -> RootKey {
    try RootKey(AEAD.decrypt(wrapped, aad: aad, key: kek.key))
  }
}

/// 32 bytes that wrap the root key: a file's content, a KMS answer, a derived passphrase.
package struct KeyEncryptionKey: Sendable {
  let key: GuardedKey

  package init(_ secret: borrowing Secret) throws(SealingError) {
    guard secret.count == AEAD.keySize else {
      throw .malformedKey("a key-encryption key has \(AEAD.keySize) bytes, this one has \(secret.count)")
    }
    key = GuardedKey(copying: secret)
  }
}

/// The half of the recovery key that the vault keeps: R is sealed to it.
package struct RecoveryPublicKey: Sendable, Equatable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count == 32 else { throw .malformedKey("a recovery public key has 32 bytes") }
    self.bytes = bytes
  }

  package func seal(_ root: RootKey) -> [UInt8] { root.sealed(to: self) }
}

/// The half of the recovery key that an operator keeps offline, printed once.
package struct RecoveryKey: Sendable {
  private let secretKey: GuardedKey
  package let publicKey: RecoveryPublicKey

  package static func generate() -> (key: RecoveryKey, printed: [UInt8]) {
    var printed = RandomBytes.make(32)
    let key = printed.withUnsafeBytes { GuardedKey(copying: $0) }
    guard let publicKey = SealedBox.publicKey(of: key).flatMap({ try? RecoveryPublicKey($0) }) else {
      wipe(&printed)
      return generate()
    }
    return (RecoveryKey(secretKey: key, publicKey: publicKey), printed)
  }

  package init(_ secret: borrowing Secret) throws(SealingError) {
    guard secret.count == 32 else { throw .malformedKey("a recovery key has 32 bytes, this one has \(secret.count)") }
    let key = GuardedKey(copying: secret)
    guard let publicKey = SealedBox.publicKey(of: key) else { throw .malformedKey("not a usable recovery key") }
    self.init(secretKey: key, publicKey: try RecoveryPublicKey(publicKey))
  }

  private init(secretKey: GuardedKey, publicKey: RecoveryPublicKey) {
    self.secretKey = secretKey
    self.publicKey = publicKey
  }

  package func open(_ sealed: [UInt8]) throws(SealingError) -> RootKey {
    try RootKey(SealedBox.open(sealed, publicKey: publicKey.bytes, secretKey: secretKey))
  }
}
