internal import CSodium

/// `crypto_box_seal` (libsodium, "Sealed boxes"): X25519 with an ephemeral key, 48 bytes longer than its message.
///
/// It hides the message and proves nothing about the sender, takes no associated data and knows no order: format v1
/// adds what it lacks. Nothing outside this target calls it.
enum SealedBox {
  static let overhead = crypto_box_sealbytes()

  static func seal(_ message: UnsafeRawBufferPointer, to publicKey: [UInt8]) -> [UInt8] {
    Sodium.require()
    return [UInt8](unsafeUninitializedCapacity: message.count + overhead) { out, count in
      let status = crypto_box_seal(
        out.baseAddress!, message.octets, UInt64(message.count), publicKey)
      precondition(status == 0, "a public key of small order: checked where keys are loaded")
      count = message.count + overhead
    }
  }

  static func open(_ sealed: [UInt8], publicKey: [UInt8], secretKey: GuardedKey) throws(SealingError) -> Secret {
    Sodium.require()
    guard sealed.count >= overhead else { throw .cannotOpen }
    var status: Int32 = -1
    let message = Secret(count: sealed.count - overhead) { out in
      secretKey.withBytes { secretKey in
        status = crypto_box_seal_open(
          out.octets, sealed, UInt64(sealed.count), publicKey,
          secretKey.octets)
      }
    }
    guard status == 0 else { throw .cannotOpen }
    return message
  }

  /// The X25519 public key of `secretKey`; `nil` when the bytes are no usable key.
  static func publicKey(of secretKey: GuardedKey) -> [UInt8]? {
    var out = [UInt8](repeating: 0, count: 32)
    let status = secretKey.withBytes { crypto_scalarmult_base(&out, $0.octets) }
    return status == 0 ? out : nil
  }
}
