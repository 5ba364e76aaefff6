import Foundation
import Sealing
import Testing

@testable import OAuth

@Suite("connect secrets")
struct ConnectSecretTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)
  private let signer = Signer.shared

  private func verify(
    _ token: String, by certificates: [WorkspaceCertificate]? = nil, audiences: Set<String> = ["reseal"]
  ) throws(ConnectSecretError) -> ConnectClaims {
    try ConnectSecret.verify(
      token, at: now, certificates: certificates ?? [signer.certificate], audiences: audiences)
  }

  private func refused(_ error: ConnectSecretError, _ token: String, by certificates: [WorkspaceCertificate]? = nil) {
    #expect(throws: error) { try verify(token, by: certificates) }
  }

  @Test("what PyJWT makes of four lines of Python is accepted")
  func pyJWT() throws {
    let spki = try CertificateImport.spki(fromPEM: Array(PyJWTVector.publicKey.utf8))
    let unverified = try UnverifiedConnectSecret.parse(PyJWTVector.token)
    #expect(unverified.workspaceID == UUID(uuidString: Signer.workspace))
    #expect(unverified.kid == nil)
    let claims = try unverified.verified(by: [WorkspaceCertificate(spki: spki)], at: now)
    #expect(claims.customerID == "customer_1234")
    #expect(claims.name == "optional name")
    #expect(claims.neverExpires)
    #expect(claims.integrationID == nil && claims.state == nil && claims.jti == nil)
  }

  @Test("optional claims arrive, and null is absent")
  func optional() throws {
    let id = UUID()
    let full = try verify(
      signer.token(
        adding: #""integration_id":"\#(id.uuidString.lowercased())","state":"s\u00fc","jti":"j","exp":1800000100"#))
    #expect(full.integrationID == id)
    #expect(full.state == "sü")
    #expect(full.jti == "j")
    #expect(full.expiresAt == Date(timeIntervalSince1970: 1_800_000_100))
    #expect(!full.neverExpires)
    #expect(try verify(signer.token(adding: #""name":null,"integration_id":null,"state":null"#)).name == nil)
  }

  @Test("alg none, with and without a signature")
  func none() {
    for alg in ["none", "None", "NONE", ""] {
      let header = Base64URL.encode(Array(#"{"alg":"\#(alg)","typ":"JWT"}"#.utf8))
      refused(.algorithm, "\(header).\(Base64URL.encode(Array(Signer.payload().utf8))).")
      refused(.algorithm, signer.token(header: #"{"alg":"\#(alg)"}"#))
    }
  }

  @Test("HS256 with the public key as its key")
  func confusion() { refused(.algorithm, signer.hs256()) }

  @Test(
    "other algorithms, even over a good RS256 signature",
    arguments: ["HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "RS256 "])
  func algorithms(alg: String) { refused(.algorithm, signer.token(header: #"{"alg":"\#(alg)","typ":"JWT"}"#)) }

  @Test(
    "an algorithm that is missing or no text", arguments: [#"{"typ":"JWT"}"#, #"{"alg":["RS256"]}"#, #"{"alg":null}"#])
  func noAlgorithm(header: String) { refused(.algorithm, signer.token(header: header)) }

  @Test("another workspace's key")
  func wrongKey() { refused(.signature, Signer.other.token()) }

  @Test("several live certificates are tried")
  func rotation() throws {
    let both = [Signer.other.certificate, signer.certificate]
    #expect(try verify(signer.token(), by: both).customerID == "customer_1234")
    #expect(try verify(Signer.other.token(), by: both).customerID == "customer_1234")
  }

  @Test("a kid names the one certificate that counts")
  func kid() throws {
    let both = [Signer.other.certificate, signer.certificate]
    func named(_ kid: String) -> String { signer.token(header: #"{"alg":"RS256","kid":"\#(kid)"}"#) }
    #expect(try verify(named(signer.certificate.kid), by: both).customerID == "customer_1234")
    refused(.signature, named(Signer.other.certificate.kid), by: both)
    refused(.unknownKey, named("0000000000000000"), by: both)
    refused(.unknownKey, signer.token(header: #"{"alg":"RS256","kid":7}"#), by: both)
    refused(.noCertificate, named(signer.certificate.kid), by: [])
  }

  @Test("a header cannot bring its own key, or demand an extension")
  func headers() throws {
    refused(.criticalHeader, signer.token(header: #"{"alg":"RS256","crit":["b64"],"b64":false}"#))
    let bring = #"{"alg":"RS256","jku":"https://evil.example/keys","x5u":"https://evil.example/c","jwk":{"kty":"RSA"}}"#
    refused(.signature, Signer.other.token(header: bring))
    #expect(try verify(signer.token(header: bring)).customerID == "customer_1234")
  }

  @Test("a weak key is refused though its signature fits")
  func weak() {
    let key = ForeignKey.rsa(bits: 1024)
    let input = signer.token().split(separator: ".").prefix(2).joined(separator: ".")
    let token = "\(input).\(Base64URL.encode(Signer.sign(Array(input.utf8), pem: key.pem)))"
    refused(.weakKey, token, by: [WorkspaceCertificate(spki: key.spki)])
  }

  @Test("every changed byte is noticed")
  func tampered() {
    let token = Array(signer.token().utf8)
    for index in stride(from: 0, to: token.count, by: 7) {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      let text = String(decoding: changed, as: UTF8.self)
      #expect(throws: ConnectSecretError.self) { try verify(text) }
    }
  }

  @Test("what surrounds or mangles a token")
  func garbage() {
    let token = signer.token()
    for text in [
      "", ".", "..", "...", "a.b.c", token + ".", token + "A", token + "=", token + "\n", " " + token,
      token + "." + token, String(token.dropLast()), token.replacingOccurrences(of: ".", with: "-"),
    ] {
      #expect(throws: ConnectSecretError.self, "\(text.prefix(8))") { try verify(text) }
    }
    refused(.tooLong, String(repeating: "a", count: 8193))
  }

  @Test("base64url has one spelling: stray bits are refused")
  func canonical() {
    // 256 bytes of signature end in a character of which only two bits count.
    let token = signer.token()
    let last = token.last!
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let next = alphabet[alphabet.firstIndex(of: last)! + 1]
    refused(.malformed, String(token.dropLast()) + String(next))
  }

  @Test("names must be unique, also behind an escape")
  func duplicates() {
    refused(.malformed, signer.token(header: #"{"alg":"none","alg":"RS256"}"#))
    refused(.malformed, signer.token(adding: #""customer_id":"somebody_else""#))
    refused(.malformed, signer.token(adding: #""customer\u005fid":"somebody_else""#))
  }

  @Test("payloads that are no claims", arguments: ["", "[]", "null", "\"x\"", "{", "{}x", "{\"a\":01}"])
  func payloads(payload: String) {
    #expect(throws: ConnectSecretError.self) { try verify(signer.token(payload: payload)) }
  }

  @Test(
    "times are enforced, with 60 seconds of skew",
    arguments: [
      (#""exp":1800000001"#, nil), (#""exp":1799999941"#, nil), (#""exp":1799999940"#, .expired),
      (#""exp":1799999940.5"#, nil), (#""exp":0"#, .expired), (#""exp":"1900000000""#, .claimType),
      (#""exp":null"#, .claimType), (#""exp":-1"#, .claimType), (#""exp":1e300"#, .claimType),
      (#""nbf":1800000060"#, nil), (#""nbf":1800000061"#, .notYetValid), (#""nbf":true"#, .claimType),
      (#""iat":1800000060"#, nil), (#""iat":1800000061"#, .issuedInTheFuture),
      (#""iat":1799999041"#, nil), (#""iat":1799999040"#, .expired),
      (#""iat":1700000000,"exp":1800000100"#, nil),
    ] as [(String, ConnectSecretError?)])
  func times(claims: String, error: ConnectSecretError?) {
    let token = signer.token(adding: claims)
    if let error { refused(error, token) } else { #expect(throws: Never.self) { try verify(token) } }
  }

  @Test("iat without exp lasts 15 minutes")
  func issuedAt() throws {
    let claims = try verify(signer.token(adding: #""iat":1800000000"#))
    #expect(claims.expiresAt == now + 900)
    #expect(!claims.neverExpires)
  }

  @Test("an audience must be ours, if there is one")
  func audience() throws {
    let ours: Set<String> = ["reseal", "https://vault.example.com"]
    for good in [#""reseal""#, #""https://vault.example.com""#, #"["other","reseal"]"#] {
      #expect(throws: Never.self) { try verify(signer.token(adding: #""aud":\#(good)"#), audiences: ours) }
    }
    for bad in [#""other""#, "[]", #"["other"]"#] { refused(.audience, signer.token(adding: #""aud":\#(bad)"#)) }
    for odd in ["7", "null", #"["reseal",7]"#, #"[["reseal"]]"#] {
      refused(.claimType, signer.token(adding: #""aud":\#(odd)"#))
    }
  }

  @Test(
    "customer ids",
    arguments: [
      ("c", true), ("A.b_c:d@e-9", true), ("", false), ("a b", false), ("a/b", false), ("ü", false), ("a\\n", false),
    ])
  func customer(id: String, fits: Bool) {
    let token = signer.token(payload: #"{"workspace_id":"\#(Signer.workspace)","customer_id":"\#(id)"}"#)
    let accepted = (try? verify(token)) != nil
    #expect(accepted == fits)
  }

  @Test("ids that are missing or none")
  func ids() {
    refused(.customerID, signer.token(payload: #"{"workspace_id":"\#(Signer.workspace)"}"#))
    refused(.customerID, signer.token(payload: #"{"workspace_id":"\#(Signer.workspace)","customer_id":7}"#))
    let long = String(repeating: "a", count: 129)
    refused(.customerID, signer.token(payload: #"{"workspace_id":"\#(Signer.workspace)","customer_id":"\#(long)"}"#))
    refused(.workspaceID, signer.token(payload: #"{"customer_id":"c"}"#))
    refused(.workspaceID, signer.token(payload: #"{"customer_id":"c","workspace_id":"x"}"#))
    refused(.integrationID, signer.token(adding: #""integration_id":"x""#))
    refused(.claimType, signer.token(adding: #""name":7"#))
  }

  @Test("messages are there, and tell nothing of the token", arguments: ConnectSecretError.allCases)
  func messages(error: ConnectSecretError) { #expect(error.message.count > 20) }
}
