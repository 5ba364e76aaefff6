internal import CSodium

/// BLAKE2b-256, plain and keyed (libsodium, "Generic hashing"), and SHA-256 where a standard asks for it.
package enum Digest {
  package static let size = 32

  package static func blake2b(_ message: [UInt8]) -> [UInt8] {
    message.withUnsafeBytes { blake2b($0, key: nil) }
  }

  package static func keyed(_ key: GuardedKey, _ message: [UInt8]) -> [UInt8] {
    message.withUnsafeBytes { message in key.withBytes { blake2b(message, key: $0) } }
  }

  package static func keyed(_ key: GuardedKey, _ message: borrowing Secret) -> [UInt8] {
    message.withBytes { message in key.withBytes { blake2b(message, key: $0) } }
  }

  package static func sha256(_ message: [UInt8]) -> [UInt8] { message.withUnsafeBytes { sha256($0) } }

  package static func sha256(_ message: borrowing Secret) -> [UInt8] { message.withBytes { sha256($0) } }

  private static func sha256(_ message: UnsafeRawBufferPointer) -> [UInt8] {
    Sodium.require()
    return [UInt8](unsafeUninitializedCapacity: 32) { out, count in
      crypto_hash_sha256(out.baseAddress!, message.octets, UInt64(message.count))
      count = 32
    }
  }

  private static func blake2b(_ message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer?) -> [UInt8] {
    Sodium.require()
    return [UInt8](unsafeUninitializedCapacity: size) { out, count in
      let status = crypto_generichash(
        out.baseAddress!, size,
        message.octets, UInt64(message.count),
        key?.octets, key?.count ?? 0)
      precondition(status == 0)
      count = size
    }
  }
}
