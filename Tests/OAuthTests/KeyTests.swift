import Foundation
import Sealing
import Testing

@testable import OAuth

@Suite("workspace keys")
struct KeyTests {
  private func error(_ pem: [UInt8]) -> KeyError? {
    do throws(KeyError) {
      _ = try CertificateImport.spki(fromPEM: pem)
      return nil
    } catch {
      return error
    }
  }

  @Test("a pair is made, and its public half survives PEM")
  func pair() throws {
    let certificate = Signer.shared.certificate
    #expect(certificate.kid.count == 16)
    #expect(certificate.kid == String(Hex.encode(Digest.sha256(certificate.spki)).prefix(16)))
    #expect(try CertificateImport.spki(fromPEM: Array(certificate.pem.utf8)) == certificate.spki)
    #expect(String(decoding: Signer.shared.pem, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
  }

  @Test("a certificate brings the same key as its public half")
  func certificate() throws {
    let fromKey = try CertificateImport.spki(fromPEM: Array(PyJWTVector.publicKey.utf8))
    #expect(try CertificateImport.spki(fromPEM: Array(PyJWTVector.certificate.utf8)) == fromKey)
    #expect(WorkspaceCertificate(spki: fromKey).pem == PyJWTVector.publicKey + "\n")
  }

  @Test("private keys are sent back")
  func privateKey() {
    #expect(error(Signer.shared.pem) == .privateKey)
    #expect(error(Array(PyJWTVector.publicKey.utf8) + Signer.shared.pem) == .privateKey)
    #expect(error(Array("-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----".utf8)) == .privateKey)
  }

  @Test("weak keys and other kinds")
  func unfit() {
    #expect(error(ForeignKey.rsa(bits: 1024).publicPEM) == .tooShort(bits: 1024))
    #expect(error(ForeignKey.p256().publicPEM) == .notRSA)
  }

  @Test("what is no key")
  func unreadable() {
    let key = PyJWTVector.publicKey
    for text in [
      "", "ssh-rsa AAAA", key + "\n" + key, key.replacingOccurrences(of: "MII", with: "MIX"),
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
      #expect(error(Array(text.utf8)) == .unreadable)
    }
  }

  @Test("only sizes that make sense")
  func sizes() {
    #expect(throws: KeyError.badSize(bits: 1024)) { _ = try WorkspaceKeyPair.generate(bits: 1024).kid }
  }

  @Test("an SPKI with bytes behind it is refused")
  func trailing() {
    #expect(throws: KeyError.unreadable) {
      _ = try RSAPublicKey.make(spki: Signer.shared.certificate.spki + [0]).spki()
    }
    #expect(throws: KeyError.unreadable) { _ = try RSAPublicKey.make(spki: []).spki() }
  }
}
