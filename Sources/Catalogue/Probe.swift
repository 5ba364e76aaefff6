/// A request that shows whose credential it is, and that it works.
package struct Probe: Sendable, Equatable {
  package let url: URLTemplate
  /// Who the account is; compared when an integration is renewed.
  package let actor: JSONPointer
  package let tenant: JSONPointer?
  /// What a person recognises, for pages.
  package let label: JSONPointer?
  package let headers: [String: String]
  package let success: SuccessRule?
}

/// How a grant is ended at the provider.
package struct RevocationEndpoint: Sendable, Equatable {
  /// `form`: RFC 7009, the token in the body. `bearer`: the token authorizes its own end.
  package enum Style: String, Sendable, CaseIterable { case form, bearer }
  /// What ends with one token: `grant`, everything that this client has from this account; `token`, only the grant that
  /// the token came from.
  package enum Scope: String, Sendable, CaseIterable { case grant, token }

  package let url: URLTemplate
  package let style: Style
  package let scope: Scope
}

/// The header that carries a credential. `${…}` in `format` names a form field, or `access_token`.
package struct CredentialHeader: Sendable, Equatable {
  package let name: String
  package let format: ValueTemplate

  /// RFC 6750 §2.1.
  package static let bearer = CredentialHeader(name: "Authorization", format: ValueTemplate("Bearer ${access_token}"))
}

/// One input of the hosted form.
package struct FormField: Sendable, Equatable {
  package let name: String
  package let label: String
  package let secret: Bool
  package let hint: String?
  package let pattern: ValuePattern?

  package static let basic = [
    FormField(name: "username", label: "User name", secret: false, hint: nil, pattern: nil),
    FormField(name: "password", label: "Password", secret: true, hint: nil, pattern: nil),
  ]
}

/// One connection parameter, used as `${name}` in URLs and parameters.
package struct ConnectionInput: Sendable, Equatable {
  package let name: String
  package let pattern: ValuePattern
  package let hint: String?
}
