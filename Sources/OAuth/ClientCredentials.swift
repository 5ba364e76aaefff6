internal import Exchange
package import Sealing

/// Who we are to a provider: a connector's client id and, for confidential clients, its secret.
package struct ClientCredentials: ~Copyable, Sendable {
  package let id: String
  package let secret: Secret?

  /// `secret` is `nil` for a public client, which then names itself in the body (RFC 6749 §3.2.1).
  package init(id: String, secret: consuming Secret?) {
    self.id = id
    self.secret = secret
  }

  /// `nil` for a public client.
  borrowing func basicHeader() -> SecretHeader? {
    switch secret {
    case .some(let secret): .authorization(Self.basic(id: id, secret: secret))
    case .none: nil
    }
  }

  /// The value of `Authorization`: id and secret are form-encoded before they are joined (RFC 6749 §2.3.1), which
  /// matters for those that contain `:` or `%`.
  static func basic(id: String, secret: borrowing Secret) -> Secret {
    var pair = SecretWriter()
    var id = id
    id.withUTF8 { FormBody.encode(UnsafeRawBufferPointer($0), into: &pair) }
    pair.append(UInt8(ascii: ":"))
    secret.withBytes { FormBody.encode($0, into: &pair) }
    return basic(pair: pair.finish())
  }

  /// RFC 7617 §2.
  static func basic(pair: borrowing Secret) -> Secret {
    var header = SecretWriter()
    header.append("Basic ")
    header.append(SecretBase64.standard(pair))
    return header.finish()
  }
}

/// Proof key for code exchange (RFC 7636), method S256.
package enum PKCE {
  /// 32 random bytes as 43 characters (§4.1).
  package static func verifier() -> Secret { SecretBase64.url(Secret.random(32)) }

  /// §4.2. Not secret: it stands in the URL.
  package static func challenge(_ verifier: borrowing Secret) -> String { Base64URL.encode(Digest.sha256(verifier)) }
}
