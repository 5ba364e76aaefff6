import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// A credential that somebody brings along, checked before it is stored. An OAuth credential may come without an access
/// token, if its refresh token can bring one: it counts as run out then.
struct BroughtCredential: ~Copyable {
  /// Without tokens that are empty.
  let fields: CredentialFields
  let isRefreshable: Bool
  private let isSpent: Bool
  private let claims: TokenClaims?

  init(_ brought: borrowing CredentialFields, kind: CredentialKind) throws(CredentialRefusal) {
    var written = CredentialFieldsWriter()
    var kept = Set<String>()
    for name in brought.names {
      guard CredentialFieldName.isValid(name) else { throw .fieldName }
      guard let value = brought.secret(name) else { continue }
      if Self.sent.contains(name), Self.hasControls(value) { throw .controlCharacter(name) }
      if value.count == 0, name == "api_key" { throw .empty(name) }
      if value.count == 0, kind == .oauth2, Self.tokens.contains(name) { continue }
      written.add(name, value)
      kept.insert(name)
    }
    guard kind != .oauth2 || !kept.isDisjoint(with: Self.tokens) else { throw .noToken }
    isRefreshable = kept.contains("refresh_token")
    isSpent = kind == .oauth2 && !kept.contains("access_token")
    fields = written.finish()
    claims = kind == .oauth2 ? fields.withField("access_token") { TokenClaims(Secret(copying: $0)) } ?? nil : nil
  }

  /// Until when it serves: as it was said; else, as the token says of itself; else, the provider's default from now. Only
  /// the first counts without a refresh token: a guess that is wrong must cost a refresh, not a customer's visit.
  func life(until stated: Instant?, _ policy: RefreshPolicy, at now: Instant) -> TokenLifetime {
    if isSpent { return TokenLifetime(end: now, at: now) }
    if let stated { return TokenLifetime(end: stated, at: now) }
    guard isRefreshable else { return TokenLifetime(lifetime: nil, requestedAt: now) }
    if let end = claims?.end(at: now.date) { return TokenLifetime(end: Instant(end), at: now) }
    return TokenLifetime(lifetime: policy.defaultLifetime.map { .seconds($0) }, requestedAt: now)
  }

  private static let tokens: Set = ["access_token", "refresh_token"]
  /// What is sent to providers as it is. Other fields may be whole files, of several lines.
  private static let sent = tokens.union(["api_key", "username", "password"])

  private static func hasControls(_ value: borrowing Secret) -> Bool {
    value.withBytes { $0.contains { $0 < 0x20 || $0 == 0x7F } }
  }
}

/// Why a credential that somebody brings is not stored.
package enum CredentialRefusal: Error, Sendable, Equatable {
  case fieldName
  case noToken
  case empty(String)
  case controlCharacter(String)

  package var message: String {
    switch self {
    case .fieldName: CredentialFieldName.rule
    case .noToken:
      "A credential of kind oauth2 needs an access_token, a refresh_token, or both. Nothing was stored."
    case .empty(let name): "The field \(name) is empty. Nothing was stored."
    case .controlCharacter(let name):
      "The field \(name) has a control character in it, such as a line end, and no provider would take it. Nothing was stored."
    }
  }
}
