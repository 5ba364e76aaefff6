internal import CSodium

/// SHA-256 of something that is too long to be held at once.
package struct SHA256Stream: ~Copyable {
  private var state = crypto_hash_sha256_state()

  package init() {
    Sodium.require()
    crypto_hash_sha256_init(&state)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    crypto_hash_sha256_update(&state, bytes.octets, UInt64(bytes.count))
  }

  package consuming func finish() -> [UInt8] {
    var state = state
    return [UInt8](unsafeUninitializedCapacity: 32) { out, count in
      crypto_hash_sha256_final(&state, out.baseAddress!)
      count = 32
    }
  }
}
