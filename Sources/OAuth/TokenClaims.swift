internal import Catalogue
package import Foundation
package import Sealing

/// The times in an access token that is a JWT (RFC 7519 §4.1, RFC 9068). Nobody has verified them: they serve as a
/// lifetime where the reply names none, and as nothing else.
package struct TokenClaims: Sendable, Equatable {
  private let expiresAt: Double
  private let issuedAt: Double?

  /// `nil` for a token that is none, or says nothing of its end. Other claims are not read.
  package init?(_ token: borrowing Secret) {
    let times = token.withBytes { bytes -> (Double, Double?)? in
      let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
      guard parts.count == 3, let payload = SecretBase64.decoded(url: UnsafeRawBufferPointer(rebasing: parts[1])) else {
        return nil
      }
      return payload.withBytes { bytes in
        guard let claims = SecretJSON(bytes), claims.isObject, let expiry = claims.number(JSONPointer("exp")) else {
          return nil
        }
        return (expiry, claims.number(JSONPointer("iat")))
      }
    }
    guard let times else { return nil }
    (expiresAt, issuedAt) = times
  }

  /// From its issue, so that a provider's clock may differ from ours, but no longer than its end says. `nil` for what is
  /// not above a second or beyond ten years.
  package func lifetime(at requested: Date) -> Duration? {
    let left = expiresAt - requested.timeIntervalSince1970
    let seconds = [issuedAt.map { expiresAt - $0 }, left].compactMap(\.self).filter { $0 >= 1 }.min()
    guard let seconds, seconds <= 315_360_000 else { return nil }
    return .seconds(Int(seconds))
  }

  /// Its end, for a token that is not new; `nil` for what is beyond ten years.
  package func end(at now: Date) -> Date? {
    let left = expiresAt - now.timeIntervalSince1970
    return expiresAt >= 0 && left <= 315_360_000 ? Date(timeIntervalSince1970: expiresAt) : nil
  }
}
