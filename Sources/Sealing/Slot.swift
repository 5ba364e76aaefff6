internal import CSodium

/// One way to the root key: R wrapped under a key-encryption key (KEK) that an operator keeps elsewhere.
///
/// `wrapped` is 72 bytes for a KEK, 112 for a recovery key. Where the KEK comes from is never read from here.
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

  /// Everything about the slot but what it holds.
  var aad: [UInt8] {
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
