import Testing

@testable import Sealing

@Suite("digests")
struct DigestTests {
  /// FIPS 180-2, appendix B.1, and the empty message.
  @Test("SHA-256 of known messages")
  func sha256() {
    #expect(
      Hex.encode(Digest.sha256(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Hex.encode(Digest.sha256([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Digest.sha256(Secret(copying: plaintext)) == Digest.sha256(plaintext))
  }

  /// Made with Python's hashlib.blake2b(digest_size=32).
  @Test("BLAKE2b-256 of known messages")
  func blake2b() {
    #expect(Hex.encode(Digest.blake2b([])) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
    #expect(
      Hex.encode(Digest.blake2b(Array("abc".utf8))) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
  }

  @Test("a keyed digest depends on its key, and treats secrets as bytes")
  func keyed() {
    let key = GuardedKey.random(32)
    #expect(Digest.keyed(key, plaintext) == Digest.keyed(key, Secret(copying: plaintext)))
    #expect(Digest.keyed(key, plaintext) != Digest.keyed(.random(32), plaintext))
    #expect(Digest.keyed(key, plaintext) != Digest.blake2b(plaintext))
  }
}
