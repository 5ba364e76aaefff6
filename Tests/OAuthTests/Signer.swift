import COpenSSL
import Foundation
import Sealing

@testable import OAuth

/// Makes the tokens that a backend would make, and those that an attacker would.
struct Signer: Sendable {
  let pem: [UInt8]
  let certificate: WorkspaceCertificate

  /// One key for all tests: making one takes its time.
  static let shared = Signer()
  static let other = Signer()

  static let workspace = "11111111-2222-3333-aaaa-eeeeeeeeeeee"

  init() {
    let pair = try! WorkspaceKeyPair.generate(bits: 2048)
    pem = pair.privatePEM.withBytes { Array($0) }
    certificate = pair.certificate
  }

  /// RS256 over any two texts, well-formed or not.
  func token(header: String = #"{"alg":"RS256","typ":"JWT"}"#, payload: String) -> String {
    let input = "\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(Array(payload.utf8)))"
    return "\(input).\(Base64URL.encode(sign(Array(input.utf8))))"
  }

  func token(adding claims: String = "", header: String = #"{"alg":"RS256","typ":"JWT"}"#) -> String {
    token(header: header, payload: Self.payload(adding: claims))
  }

  static func payload(adding claims: String = "") -> String {
    #"{"customer_id":"customer_1234","workspace_id":"\#(workspace)"\#(claims.isEmpty ? "" : ",")\#(claims)}"#
  }

  /// The classic confusion: the public key's PEM as the key of an HMAC (RFC 8725 §2.1).
  func hs256() -> String {
    let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    let input = "\(header).\(Base64URL.encode(Array(Self.payload().utf8)))"
    return "\(input).\(Base64URL.encode(Self.hmac(Array(certificate.pem.utf8), Array(input.utf8))))"
  }

  func sign(_ message: [UInt8]) -> [UInt8] { Self.sign(message, pem: pem) }

  static func sign(_ message: [UInt8], pem: [UInt8]) -> [UInt8] {
    let bio = BIO_new_mem_buf(pem, Int32(pem.count))
    defer { BIO_free_all(bio) }
    let key = PEM_read_bio_PrivateKey(bio, nil, nil, nil)
    defer { EVP_PKEY_free(key) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    precondition(EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1)
    var count = 1024
    var signature = [UInt8](repeating: 0, count: count)
    precondition(EVP_DigestSign(context, &signature, &count, message, message.count) == 1)
    return Array(signature.prefix(count))
  }

  /// RFC 2104.
  private static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let short = key.count > 64 ? Digest.sha256(key) : key
    let block = short + [UInt8](repeating: 0, count: 64 - short.count)
    return Digest.sha256(block.map { $0 ^ 0x5C } + Digest.sha256(block.map { $0 ^ 0x36 } + message))
  }
}

/// A key of another kind or size, straight from libcrypto.
enum ForeignKey {
  static func rsa(bits: UInt32) -> (pem: [UInt8], spki: [UInt8], publicPEM: [UInt8]) {
    export(reseal_rsa_generate(bits))
  }

  static func p256() -> (pem: [UInt8], spki: [UInt8], publicPEM: [UInt8]) { export(EVP_EC_gen_p256()) }

  private static func EVP_EC_gen_p256() -> OpaquePointer? {
    let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    precondition(EVP_PKEY_keygen_init(context) == 1)
    precondition(EVP_PKEY_CTX_set_group_name(context, "P-256") == 1)
    precondition(EVP_PKEY_generate(context, &key) == 1)
    return key
  }

  private static func export(_ key: OpaquePointer?) -> (pem: [UInt8], spki: [UInt8], publicPEM: [UInt8]) {
    defer { EVP_PKEY_free(key) }
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_PUBKEY(key, &der)
    let spki = Array(UnsafeBufferPointer(start: der, count: Int(count)))
    CRYPTO_free(der, nil, 0)
    let privatePEM = text { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
    return (privatePEM, spki, text { PEM_write_bio_PUBKEY($0, key) })
  }

  private static func text(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
    let bio = BIO_new(BIO_s_mem())
    defer { BIO_free_all(bio) }
    precondition(write(bio) == 1)
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
    BIO_read(bio, &bytes, Int32(bytes.count))
    return bytes
  }
}
