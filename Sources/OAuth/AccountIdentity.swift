/// Whose account a credential belongs to, as the provider's probe tells it. Compared when an integration is renewed.
package struct AccountIdentity: Sendable, Equatable {
  package static let longest = 256

  package let actor: String
  package let tenant: String?
  package let label: String?

  /// `nil` if an identifier is empty, too long or holds control characters. An identifier is never cut: two accounts
  /// might become one. A label is.
  package init?(actor: String, tenant: String? = nil, label: String? = nil) {
    guard Self.isIdentifier(actor), tenant.map(Self.isIdentifier) ?? true else { return nil }
    self.actor = actor
    self.tenant = tenant
    self.label = label.map(Self.cut)
  }

  /// For a page that must name an account without giving it away: `a…e@acme.example`. The label where there is one,
  /// else the actor. Provider text: escape it.
  package var masked: String {
    let text = label ?? actor
    guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return Self.mask(text[...]) }
    return Self.mask(text[..<at]) + text[at...]
  }

  private static func mask(_ text: Substring) -> String {
    guard let first = text.first, let last = text.last, text.count > 1 else { return "…" }
    return text.count > 3 ? "\(first)…\(last)" : "\(first)…"
  }

  /// Byte for byte: text that Unicode calls equivalent is equal to Swift, and another account to the provider.
  package func hasActor(of other: AccountIdentity) -> Bool { actor.utf8.elementsEqual(other.actor.utf8) }

  package func hasTenant(of other: AccountIdentity) -> Bool {
    guard let tenant, let theirs = other.tenant else { return tenant == nil && other.tenant == nil }
    return tenant.utf8.elementsEqual(theirs.utf8)
  }

  private static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longest && !text.unicodeScalars.contains(where: isInvisible)
  }

  private static func cut(_ text: String) -> String {
    String(String(String.UnicodeScalarView(text.unicodeScalars.filter { !isInvisible($0) })).prefix(longest))
  }

  /// Control and format characters; among the latter are those that turn the direction of a line.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    [.control, .format].contains(scalar.properties.generalCategory)
  }
}
