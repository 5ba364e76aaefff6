/// One service that customers connect to, as data. Holds no secret: clients and keys belong to a connector.
package struct Provider: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case oauth2
    case apiKey = "api_key"
    case basic
  }

  package let slug: String
  package let name: String
  package let kind: Kind
  /// Compared with `iss` of a callback when one comes along (RFC 9207).
  package let issuer: String?
  /// Whether a callback without `iss` is refused.
  package let issuerRequired: Bool
  /// Present exactly when `kind` is `.oauth2`; so are `token` and `refresh`.
  package let authorization: AuthorizationEndpoint?
  package let token: TokenEndpoint?
  package let refresh: RefreshPolicy?
  package let revocation: RevocationEndpoint?
  package let probe: Probe?
  /// How the credential is sent. `nil` only for `.basic`, which is RFC 7617 then.
  package let header: CredentialHeader?
  /// The form of a `.apiKey` or `.basic` provider; empty for `.oauth2`.
  package let fields: [FormField]
  /// What a connection must say before it has URLs: subdomain, shop, region.
  package let inputs: [ConnectionInput]
  package let facts: ProviderFacts?
}

/// RFC 6749 §3.1.
package struct AuthorizationEndpoint: Sendable, Equatable {
  package enum PKCE: String, Sendable, CaseIterable { case required, forbidden }

  package let url: URLTemplate
  package let scopeSeparator: String
  package let pkce: PKCE
  package let parameters: [String: ValueTemplate]
  /// Asked for when the connector names none.
  package let scopes: [String]
}

/// RFC 6749 §3.2.
package struct TokenEndpoint: Sendable, Equatable {
  /// RFC 6749 §2.3.1: `Authorization: Basic`, or `client_id` and `client_secret` in the form.
  package enum ClientAuthentication: String, Sendable, CaseIterable { case basic, body }

  package let url: URLTemplate
  package let clientAuthentication: ClientAuthentication
  package let parameters: [String: ValueTemplate]
  package let reply: TokenReplyShape
  /// What must hold in a 2xx reply, for providers that answer 200 to everything.
  package let success: SuccessRule?
  package let error: ErrorShape
  /// The provider's own words for a refusal. The first one that fits stands before everything that is known in general.
  package let errors: [ErrorTranslation]
}

/// Where the parts of a token reply stand. The defaults are RFC 6749 §5.1.
package struct TokenReplyShape: Sendable, Equatable {
  package let accessToken: JSONPointer
  package let refreshToken: JSONPointer
  package let expiresIn: JSONPointer
  package let scope: JSONPointer
  /// How long the refresh token lives; `nil`: wherever providers usually say so.
  package let refreshExpiresIn: JSONPointer?

  package static let standard = TokenReplyShape(
    accessToken: JSONPointer("access_token"), refreshToken: JSONPointer("refresh_token"),
    expiresIn: JSONPointer("expires_in"), scope: JSONPointer("scope"), refreshExpiresIn: nil)
}

/// The value at `pointer`, written as text (`true`, `1`, `ok`), equals `equals`.
package struct SuccessRule: Sendable, Equatable {
  package let pointer: JSONPointer
  package let equals: String
}

/// Where a refusal says what it is. The defaults are RFC 6749 §5.2.
package struct ErrorShape: Sendable, Equatable {
  package let code: JSONPointer
  package let description: JSONPointer

  package static let standard = ErrorShape(
    code: JSONPointer("error"), description: JSONPointer("error_description"))
}

/// What one provider means by a refusal, in the standard's words. Files translate and never invent: so rows, logs and
/// pages see one vocabulary, and one table says who must act.
package struct ErrorTranslation: Sendable, Equatable {
  package enum Meaning: String, Sendable, CaseIterable {
    case invalidGrant = "invalid_grant"
    case invalidClient = "invalid_client"
    case invalidScope = "invalid_scope"
    case temporarilyUnavailable = "temporarily_unavailable"
    case slowDown = "slow_down"
  }

  /// What must all hold; at least one of the three is given. Letter case never matters.
  package let code: String?
  /// A part of the description.
  package let says: String?
  package let status: Int?
  package let meaning: Meaning
}

/// When the facts of a file were checked, and how far to trust them.
package struct ProviderFacts: Sendable, Equatable {
  package enum Confidence: String, Sendable, CaseIterable {
    case high = "H"
    case medium = "M"
    case low = "L"
  }

  /// `YYYY-MM-DD`.
  package let checked: String
  package let confidence: Confidence
}
