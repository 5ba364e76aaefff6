internal import COpenSSL
internal import Foundation
internal import Sealing

/// A public key that a workspace signs its connect secrets with.
package struct WorkspaceCertificate: Sendable, Equatable {
  /// The first 16 hex digits of SHA-256 over `spki`.
  package let kid: String
  /// DER SubjectPublicKeyInfo.
  package let spki: [UInt8]

  package init(spki: [UInt8]) { self.init(kid: Self.kid(of: spki), spki: spki) }

  /// With a `kid` that was given another way, as it stands in a row.
  package init(kid: String, spki: [UInt8]) {
    self.kid = kid
    self.spki = spki
  }

  package static func kid(of spki: [UInt8]) -> String { String(Hex.encode(Digest.sha256(spki)).prefix(16)) }

  /// RFC 7468 §13.
  package var pem: String {
    let base64 = Array(Data(spki).base64EncodedString().utf8)
    let lines = stride(from: 0, to: base64.count, by: 64).map { start in
      String(decoding: base64[start..<min(start + 64, base64.count)], as: UTF8.self)
    }
    return (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----"]).joined(separator: "\n") + "\n"
  }
}

/// Takes in the public half of a key pair that a workspace has already.
package enum CertificateImport {
  static let longest = 65_536

  /// From one PEM block: a public key (RFC 7468 §13) or an X.509 certificate (§5), of which only the key is used:
  /// neither its dates nor its issuer mean anything here, since the workspace's operator vouches for it.
  package static func spki(fromPEM pem: [UInt8]) throws(KeyError) -> [UInt8] {
    let text = String(decoding: pem.prefix(longest), as: UTF8.self)
    guard !text.contains("PRIVATE KEY-----") else { throw .privateKey }
    guard pem.count <= longest, text.components(separatedBy: "-----BEGIN ").count == 2 else { throw .unreadable }
    defer { ERR_clear_error() }
    guard let bio = pem.withUnsafeBytes({ copy in bio(of: copy) }) else { throw .unreadable }
    defer { BIO_free_all(bio) }
    let key: OpaquePointer?
    if text.contains("-----BEGIN CERTIFICATE-----") {
      let certificate = PEM_read_bio_X509(bio, nil, nil, nil)
      defer { X509_free(certificate) }
      key = certificate.flatMap { X509_get_pubkey($0) }
    } else if text.contains("-----BEGIN PUBLIC KEY-----") {
      key = PEM_read_bio_PUBKEY(bio, nil, nil, nil)
    } else {
      throw .unreadable
    }
    guard let key else { throw .unreadable }
    let publicKey = try RSAPublicKey.make(owning: key)
    return publicKey.spki()
  }

  /// A BIO with bytes of its own.
  private static func bio(of bytes: UnsafeRawBufferPointer) -> OpaquePointer? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    guard BIO_write(bio, bytes.baseAddress, Int32(bytes.count)) == Int32(bytes.count) else {
      BIO_free_all(bio)
      return nil
    }
    return bio
  }
}
