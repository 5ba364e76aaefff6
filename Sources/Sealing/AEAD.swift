internal import CSodium

/// XChaCha20-Poly1305-IETF with a fresh random nonce in front: `nonce 24 ‖ ciphertext ‖ tag 16`.
///
/// Source: libsodium, "XChaCha20-Poly1305-IETF": the 192-bit nonce may be random.
enum AEAD {
  static let nonceSize = 24
  static let tagSize = 16
  static let keySize = 32

  static func encrypt(_ plaintext: UnsafeRawBufferPointer, aad: [UInt8], key: UnsafeRawBufferPointer) -> [UInt8] {
    Sodium.require()
    precondition(key.count == keySize)
    var out = RandomBytes.make(nonceSize)
    out.append(contentsOf: repeatElement(0, count: plaintext.count + tagSize))
    out.withUnsafeMutableBufferPointer { out in
      let start = out.baseAddress!
      crypto_aead_xchacha20poly1305_ietf_encrypt(
        start + nonceSize, nil, plaintext.octets, UInt64(plaintext.count),
        aad, UInt64(aad.count), nil, start, key.octets)
    }
    return out
  }

  static func decrypt(
    _ sealed: UnsafeRawBufferPointer, aad: [UInt8], key: UnsafeRawBufferPointer
  ) throws(SealingError) -> Secret {
    Sodium.require()
    guard key.count == keySize, sealed.count >= nonceSize + tagSize else { throw .cannotOpen }
    let input = sealed.octets
    var status: Int32 = -1
    let plaintext = Secret(count: sealed.count - nonceSize - tagSize) { out in
      status = crypto_aead_xchacha20poly1305_ietf_decrypt(
        out.octets, nil, nil, input + nonceSize, UInt64(sealed.count - nonceSize),
        aad, UInt64(aad.count), input, key.octets)
    }
    guard status == 0 else { throw .cannotOpen }
    return plaintext
  }

  static func encrypt(_ plaintext: borrowing Secret, aad: [UInt8], key: GuardedKey) -> [UInt8] {
    plaintext.withBytes { plaintext in key.withBytes { encrypt(plaintext, aad: aad, key: $0) } }
  }

  static func decrypt(_ sealed: [UInt8], aad: [UInt8], key: GuardedKey) throws(SealingError) -> Secret {
    try sealed.withBytes { (sealed) throws(SealingError) -> Secret in
      try key.withBytes { (key) throws(SealingError) -> Secret in try decrypt(sealed, aad: aad, key: key) }
    }
  }
}
