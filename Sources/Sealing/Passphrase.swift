internal import CSodium

/// A passphrase as an operator gave it: its bytes, never normalised, in guarded memory.
package struct Passphrase: Sendable {
  private let bytes: GuardedKey

  package init(_ secret: borrowing Secret) throws(SealingError) {
    guard secret.count > 0 else { throw .malformedKey("the passphrase is empty") }
    bytes = GuardedKey(copying: secret)
  }

  package var count: Int { bytes.count }

  /// The key-encryption key of a slot with these parameters: Argon2id13 (libsodium, "The pwhash API").
  ///
  /// Takes `parameters.memory` bytes and about half a second: never on the cooperative pool.
  /// - Throws: `refusedParameters` when there is not that much memory.
  package func key(_ parameters: PassphraseParameters) throws(SealingError) -> KeyEncryptionKey {
    Sodium.require()
    var status: Int32 = -1
    let key = Secret(count: AEAD.keySize) { out in
      bytes.withBytes { passphrase in
        status = crypto_pwhash(
          out.octets, UInt64(out.count), UnsafeRawPointer(passphrase.octets).assumingMemoryBound(to: CChar.self),
          UInt64(passphrase.count), parameters.salt, parameters.operations, Int(parameters.memory),
          crypto_pwhash_ALG_ARGON2ID13)
      }
    }
    guard status == 0 else { throw .refusedParameters("it needs \(parameters.memory >> 20) MiB of memory, and there is less") }
    return try KeyEncryptionKey(key)
  }
}

/// How a passphrase becomes a key; stands in its slot as `u8 1 ‖ u64 operations ‖ u64 memory ‖ salt 16`, 33 bytes.
///
/// There is no value outside libsodium's MODERATE to SENSITIVE: whoever writes the row can neither make the passphrase
/// cheap to guess nor use up the memory of whoever opens it.
package struct PassphraseParameters: Sendable, Equatable {
  private static let version: UInt8 = 1
  private static let saltSize = 16
  private static let operationsRange = UInt64(crypto_pwhash_OPSLIMIT_MODERATE)...UInt64(crypto_pwhash_OPSLIMIT_SENSITIVE)
  private static let memoryRange = UInt64(crypto_pwhash_MEMLIMIT_MODERATE)...UInt64(crypto_pwhash_MEMLIMIT_SENSITIVE)

  let operations: UInt64
  /// In bytes.
  let memory: UInt64
  let salt: [UInt8]

  /// MODERATE, with a salt of its own: three passes over 256 MiB.
  package static func fresh() -> PassphraseParameters {
    PassphraseParameters(
      operations: operationsRange.lowerBound, memory: memoryRange.lowerBound, salt: RandomBytes.make(saltSize))
  }

  /// - Throws: `refusedParameters`, before anything is computed with them.
  package init(decoding bytes: [UInt8]) throws(SealingError) {
    let fields = bytes.withUnsafeBytes { bytes -> (UInt64, UInt64, [UInt8])? in
      var reader = ByteReader(bytes)
      guard reader.integer(UInt8.self) == Self.version, let operations = reader.integer(UInt64.self),
        let memory = reader.integer(UInt64.self), let salt = reader.raw(Self.saltSize), reader.isAtEnd
      else { return nil }
      return (operations, memory, [UInt8](salt))
    }
    guard let fields else { throw .refusedParameters("they are malformed") }
    (operations, memory, salt) = fields
    guard Self.operationsRange.contains(operations), Self.memoryRange.contains(memory) else {
      throw .refusedParameters("\(operations) passes over \(memory >> 20) MiB lie outside MODERATE to SENSITIVE")
    }
  }

  private init(operations: UInt64, memory: UInt64, salt: [UInt8]) {
    (self.operations, self.memory, self.salt) = (operations, memory, salt)
  }

  package var encoded: [UInt8] {
    var out = ByteWriter()
    out.integer(Self.version)
    out.integer(operations)
    out.integer(memory)
    out.raw(salt)
    return out.bytes
  }
}
