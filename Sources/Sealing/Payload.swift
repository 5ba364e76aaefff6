internal import CSodium

/// The payload of a sealed value: the plaintext, padded to 64 bytes so that its length tells little, under its data key.
enum Payload {
  static let blockSize = 64

  static func encrypt(_ plaintext: borrowing Secret, dataKey: borrowing Secret, contextHash: [UInt8]) -> [UInt8] {
    let padded = pad(plaintext)
    return padded.withBytes { padded in
      dataKey.withBytes { AEAD.encrypt(padded, aad: aad(contextHash), key: $0) }
    }
  }

  static func decrypt(
    _ payload: [UInt8], dataKey: borrowing Secret, contextHash: [UInt8]
  ) throws(SealingError) -> Secret {
    let aad = aad(contextHash)
    let padded = try payload.withBytes { (payload) throws(SealingError) -> Secret in
      try dataKey.withBytes { (key) throws(SealingError) -> Secret in
        try AEAD.decrypt(payload, aad: aad, key: key)
      }
    }
    return try unpad(padded)
  }

  /// `BLAKE2b-256("reseal/ct/v1" ‖ nonce ‖ ciphertext ‖ ctx_hash)`: ties the header to exactly these bytes.
  static func hash(_ payload: [UInt8], contextHash: [UInt8]) -> [UInt8] {
    var out = ByteWriter("reseal/ct/v1")
    out.raw(payload)
    out.raw(contextHash)
    return Digest.blake2b(out.bytes)
  }

  private static func aad(_ contextHash: [UInt8]) -> [UInt8] {
    var out = ByteWriter("reseal/pay/v1")
    out.raw(contextHash)
    out.integer(Header.algorithm)
    return out.bytes
  }

  /// ISO/IEC 7816-4, as `sodium_pad` does it: 0x80, then zeros up to the next multiple of the block size.
  private static func pad(_ plaintext: borrowing Secret) -> Secret {
    let count = (plaintext.count / blockSize + 1) * blockSize
    return plaintext.withBytes { source in
      Secret(count: count) { out in
        out.copyMemory(from: source)
        var padded = 0
        sodium_pad(&padded, out.octets, source.count, blockSize, count)
      }
    }
  }

  private static func unpad(_ padded: borrowing Secret) throws(SealingError) -> Secret {
    try padded.withBytes { (bytes) throws(SealingError) -> Secret in
      var count = 0
      guard sodium_unpad(&count, bytes.octets, bytes.count, blockSize) == 0 else {
        throw .cannotOpen
      }
      return Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }
}
