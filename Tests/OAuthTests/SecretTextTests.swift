import Foundation
import Sealing
import Testing

@testable import OAuth

@Suite("secret texts")
struct SecretTextTests {
  /// RFC 7636 appendix B.
  @Test("PKCE's own example")
  func pkceVector() {
    let verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    #expect(PKCE.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }

  @Test("verifiers are 43 characters, and never the same")
  func verifiers() {
    let (a, b) = (PKCE.verifier().text, PKCE.verifier().text)
    #expect(a.count == 43 && b.count == 43 && a != b)
    #expect(a.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
  }

  /// RFC 4648 §10.
  @Test(
    "base64",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func base64(plain: String, encoded: String) {
    #expect(SecretBase64.standard(Secret(plain)).text == encoded)
    #expect(SecretBase64.url(Secret(plain)).text == encoded.replacingOccurrences(of: "=", with: ""))
  }

  @Test("form bodies")
  func form() {
    var body = FormBody()
    body.add("a b", "ü&=+ ~*-._/")
    body.add("token", Secret("x%y\n"))
    #expect(body.finish().text == "a+b=%C3%BC%26%3D%2B+%7E*-._%2F&token=x%25y%0A")
  }

  @Test("client credentials are form-encoded before they are joined")
  func basic() {
    let header = ClientCredentials.basic(id: "a:b", secret: Secret("p%q r"))
    let pair = Data(base64Encoded: String(header.text.dropFirst(6))).map { String(decoding: $0, as: UTF8.self) }
    #expect(header.text.hasPrefix("Basic "))
    #expect(pair == "a%3Ab:p%25q+r")
  }

  @Test("field sets keep what they are given, and replace")
  func fields() {
    var fields = FieldSet()
    fields.set("username", Secret("ann"))
    fields.set("password", Secret(""))
    fields.set("username", Secret("bea"))
    #expect(fields.names.sorted() == ["password", "username"])
    let copy = FieldSet(encoded: fields.encoded.duplicate())
    guard let copy else { return #expect(Bool(false), "a field set reads itself") }
    let read = ["username", "password", "other"].map { value(copy, $0) }
    #expect(read == ["bea", "", nil])
  }

  private func value(_ fields: borrowing FieldSet, _ name: String) -> String? {
    switch fields.value(name) {
    case .some(let value): value.text
    case .none: nil
    }
  }

  @Test(
    "field sets that are cut or mangled",
    arguments: [[1], [1, 0, 0, 0], [1, 0, 0, 0, 97], [1, 0, 0, 0, 0xFF, 0, 0, 0, 0]])
  func mangledFields(bytes: [UInt8]) {
    let isRead = FieldSet(encoded: Secret(copying: bytes)) != nil
    #expect(!isRead)
  }

  @Test(
    "masked accounts",
    arguments: [
      ("alice@acme.example", "a…e@acme.example"), ("al@acme.example", "a…@acme.example"), ("alice", "a…e"), ("abc", "a…"),
      ("@x", "@…"), ("a@b@acme.example", "a…@acme.example"), ("b", "…"),
    ])
  func masked(label: String, masked: String) {
    #expect(AccountIdentity(actor: "1", label: label)?.masked == masked)
    #expect(AccountIdentity(actor: label)?.masked == masked)
  }

  @Test("identifiers are never cut, labels are")
  func lengths() {
    let long = String(repeating: "x", count: 257)
    #expect(AccountIdentity(actor: long) == nil)
    #expect(AccountIdentity(actor: "a", tenant: long) == nil)
    #expect(AccountIdentity(actor: "") == nil)
    #expect(AccountIdentity(actor: "a\u{202E}b") == nil)
    #expect(AccountIdentity(actor: "a", label: long)?.label?.count == 256)
    #expect(AccountIdentity(actor: "a", label: "x\n\u{202E}y")?.label == "xy")
  }
}
