internal import COpenSSL
internal import Foundation
internal import Sealing

package enum KeyError: Error, Equatable, Sendable {
  /// The text is neither a public key nor a certificate in PEM, or holds more than one.
  case unreadable
  /// A private key was given. It should not have left its owner.
  case privateKey
  case notRSA
  case tooShort(bits: Int)
  case tooLong(bits: Int)
  case badSize(bits: Int)
  /// libcrypto could not make a key.
  case generation

  package var message: String {
    switch self {
    case .unreadable: "expected one PEM block, BEGIN PUBLIC KEY or BEGIN CERTIFICATE"
    case .privateKey:
      "this is a private key: give its public half only (openssl pkey -in key.pem -pubout), and rotate the key if "
        + "others may have seen it"
    case .notRSA: "the key is not an RSA key; connect secrets are signed with RS256"
    case .tooShort(let bits): "the RSA key has \(bits) bits, at least 2048 are required"
    case .tooLong(let bits): "the RSA key has \(bits) bits, at most \(RSAPublicKey.largest) are allowed"
    case .badSize(let bits): "keys of \(bits) bits are not made, only of 2048, 3072 and 4096"
    case .generation: "the key could not be generated"
    }
  }
}

/// A public key that connect secrets are verified with: RSA, 2048 to 8192 bits (RFC 7518 §3.3; the upper bound limits
/// what a verification costs).
struct RSAPublicKey: ~Copyable {
  static let smallest = 2048
  static let largest = 8192

  private let key: OpaquePointer

  /// Takes over `key`.
  private init(owning key: OpaquePointer) { self.key = key }

  deinit { EVP_PKEY_free(key) }

  /// From a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
  static func make(spki: [UInt8]) throws(KeyError) -> RSAPublicKey {
    defer { ERR_clear_error() }
    var end: UnsafePointer<UInt8>?
    let (key, consumed) = spki.withUnsafeBufferPointer { bytes in
      end = bytes.baseAddress
      let key = d2i_PUBKEY(nil, &end, bytes.count)
      return (key, end.map { $0 - (bytes.baseAddress ?? $0) } ?? 0)
    }
    guard let key else { throw .unreadable }
    let made = RSAPublicKey(owning: key)
    guard consumed == spki.count else { throw .unreadable }
    try made.check()
    return made
  }

  /// Takes over `key`.
  static func make(owning key: OpaquePointer) throws(KeyError) -> RSAPublicKey {
    let made = RSAPublicKey(owning: key)
    try made.check()
    return made
  }

  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
  borrowing func verifies(signature: [UInt8], of message: [UInt8]) -> Bool {
    defer { ERR_clear_error() }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  borrowing func spki() -> [UInt8] {
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_PUBKEY(key, &der)
    guard count > 0, let der else { return [] }
    defer { CRYPTO_free(der, nil, 0) }
    return Array(UnsafeBufferPointer(start: der, count: Int(count)))
  }

  private borrowing func check() throws(KeyError) {
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { throw .notRSA }
    let bits = Int(EVP_PKEY_get_bits(key))
    guard bits >= Self.smallest else { throw .tooShort(bits: bits) }
    guard bits <= Self.largest else { throw .tooLong(bits: bits) }
  }
}
