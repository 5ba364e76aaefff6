internal import COpenSSL
package import Sealing

/// The RSA key pair of a new workspace certificate. The private half is shown once and kept nowhere.
package struct WorkspaceKeyPair: ~Copyable, Sendable {
  /// PKCS #8 (RFC 5958), unencrypted, as PEM: what PyJWT and every other library read.
  package let privatePEM: Secret
  package let certificate: WorkspaceCertificate

  package var spki: [UInt8] { certificate.spki }
  package var kid: String { certificate.kid }

  /// Takes some 100 ms to more than a second of one core: run it on a queue of its own, never on a cooperative thread.
  package static func generate(bits: Int = 3072) throws(KeyError) -> WorkspaceKeyPair {
    guard [2048, 3072, 4096].contains(bits) else { throw .badSize(bits: bits) }
    defer { ERR_clear_error() }
    guard let key = reseal_rsa_generate(UInt32(bits)) else { throw .generation }
    let pem = privatePEM(key)
    let publicKey = try RSAPublicKey.make(owning: key)
    guard let pem else { throw .generation }
    return WorkspaceKeyPair(privatePEM: pem, certificate: WorkspaceCertificate(spki: publicKey.spki()))
  }

  /// A memory BIO clears its buffer whenever it grows or is freed (BUF_MEM_grow_clean, BUF_MEM_free).
  private static func privatePEM(_ key: OpaquePointer) -> Secret? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free_all(bio) }
    guard PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1 else { return nil }
    let count = BIO_ctrl_pending(bio)
    var read: Int32 = 0
    let pem = Secret(count: count) { read = BIO_read(bio, $0.baseAddress, Int32($0.count)) }
    guard Int(read) == count else { return nil }
    return pem
  }
}
