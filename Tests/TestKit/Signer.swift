import COpenSSL
import Foundation
import OAuth
import Sealing


/// The backend of a company: signs connect secrets with its workspace's private key.
package struct Signer: Sendable {
  private let pem: [UInt8]
  package let certificate: WorkspaceCertificate

  /// One key for all tests, and a stranger's: making one takes its time.
  package static let shared = Signer()
  package static let other = Signer()

  private init() {
    let pair = try! WorkspaceKeyPair.generate(bits: 2048)
    pem = pair.privatePEM.withBytes { Array($0) }
    certificate = pair.certificate
  }

  package func secret(_ claims: [String: any Sendable]) throws -> String {
    let header = Base64URL.encode(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8))
    let payload = try JSONSerialization.data(withJSONObject: claims)
    let input = "\(header).\(Base64URL.encode(Array(payload)))"
    return "\(input).\(Base64URL.encode(sign(Array(input.utf8))))"
  }

  private func sign(_ message: [UInt8]) -> [UInt8] {
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
}
