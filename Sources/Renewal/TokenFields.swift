import Catalogue
import Custody
import OAuth
import Sealing
import Storage

/// A token reply as the fields of a credential.
enum TokenFields {
  /// Where no refresh token came, the one in `old` stays (RFC 6749 §6).
  static func make(_ grant: borrowing TokenGrant, keepingFrom old: borrowing CredentialFields?) -> CredentialFields {
    var fields = CredentialFieldsWriter()
    fields.add("access_token", grant.accessToken)
    fields.add("token_type", Secret(copying: Array(grant.tokenType.utf8)))
    switch grant.refreshToken {
    case .some(let token): fields.add("refresh_token", token)
    case .none: addRefreshToken(of: old, to: &fields)
    }
    return fields.finish()
  }

  private static func addRefreshToken(of old: borrowing CredentialFields?, to fields: inout CredentialFieldsWriter) {
    switch old {
    case .some(let old): old.withField("refresh_token") { fields.add("refresh_token", $0) }
    case .none: break
    }
  }
}

/// How long a token lives: as the reply said; else the provider's default in the catalogue; else what the token says of
/// itself; else as long as the one before.
struct TokenLifetime: Sendable {
  let expiresAt: Instant?
  let lifetime: Duration?

  /// Counts from the start of the request, so that a slow answer never makes a token look younger.
  init(_ grant: borrowing TokenGrant, _ policy: RefreshPolicy, before: Duration?, requestedAt: Instant) {
    self.init(
      lifetime: grant.expiresIn ?? policy.defaultLifetime.map { .seconds($0) }
        ?? grant.claims?.lifetime(at: requestedAt.date) ?? before, requestedAt: requestedAt)
  }

  init(lifetime: Duration?, requestedAt: Instant) {
    self.lifetime = lifetime
    expiresAt = lifetime.map { requestedAt + $0 }
  }

  /// One whose end is known. What has run out had a lifetime that nobody knows.
  init(end: Instant, at now: Instant) {
    expiresAt = end
    lifetime = end > now ? end - now : nil
  }
}
