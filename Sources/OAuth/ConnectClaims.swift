internal import Catalogue
package import Foundation

/// What a verified connect secret says. Not secret by itself.
package struct ConnectClaims: Sendable, Equatable {
  package let workspaceID: UUID
  package let customerID: String
  package let name: String?
  /// Present: a renewal of this integration.
  package let integrationID: UUID?
  package let state: String?
  /// Present: to be spent when an attempt completes.
  package let jti: String?
  /// From `exp`, or 15 minutes after `iat`.
  package let expiresAt: Date?

  /// Neither `exp` nor `iat`. Accepted, because code that makes such secrets exists; a workspace may refuse it.
  package var neverExpires: Bool { expiresAt == nil }
}

/// The claims of a token whose signature is not verified yet. Shapes are checked, times are not.
struct ConnectClaimsReader {
  static let lifetimeWithoutExpiry: TimeInterval = 15 * 60
  /// How far two clocks may be apart, for `exp`, `nbf` and `iat` alike.
  static let clockSkew: TimeInterval = 60

  let claims: ConnectClaims
  private let issuedAt: Date?
  private let notBefore: Date?
  private let audiences: [String]?

  init(_ json: SecretJSON) throws(ConnectSecretError) {
    issuedAt = try Self.instant(json, "iat")
    notBefore = try Self.instant(json, "nbf")
    audiences = try Self.audiences(json)
    let expiry = try Self.instant(json, "exp")
    claims = ConnectClaims(
      workspaceID: try Self.uuid(json, "workspace_id", or: .workspaceID, required: true)!,
      customerID: try Self.customerID(json), name: try Self.text(json, "name", longest: 256),
      integrationID: try Self.uuid(json, "integration_id", or: .integrationID, required: false),
      state: try Self.text(json, "state", longest: 1024), jti: try Self.text(json, "jti", longest: 256),
      expiresAt: expiry ?? issuedAt?.addingTimeInterval(Self.lifetimeWithoutExpiry))
  }

  /// RFC 7519 §4.1. `accepted` are the names that this server answers to.
  func check(at now: Date, accepted: Set<String>) throws(ConnectSecretError) {
    if let expiry = claims.expiresAt, now >= expiry + Self.clockSkew { throw .expired }
    if let notBefore, now < notBefore - Self.clockSkew { throw .notYetValid }
    if let issuedAt, now < issuedAt - Self.clockSkew { throw .issuedInTheFuture }
    if let audiences, accepted.isDisjoint(with: audiences) { throw .audience }
  }

  private static func customerID(_ json: SecretJSON) throws(ConnectSecretError) -> String {
    guard let id = json.string(JSONPointer("customer_id")), (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_.:@-".utf8.contains(byte)
      })
    else { throw .customerID }
    return id
  }

  private static func uuid(
    _ json: SecretJSON, _ name: String, or error: ConnectSecretError, required: Bool
  ) throws(ConnectSecretError) -> UUID? {
    guard json.has(JSONPointer(name)) else {
      if required { throw error }
      return nil
    }
    if !required, json.isNull(JSONPointer(name)) { return nil }
    guard let id = json.string(JSONPointer(name)).flatMap(UUID.init(uuidString:)) else { throw error }
    return id
  }

  /// `null` counts as absent: backends fill in optional claims with it.
  private static func text(_ json: SecretJSON, _ name: String, longest: Int) throws(ConnectSecretError) -> String? {
    let pointer = JSONPointer(name)
    guard json.has(pointer), !json.isNull(pointer) else { return nil }
    guard let text = json.string(pointer), text.utf8.count <= longest else { throw .claimType }
    return text
  }

  /// Seconds since 1970, fractions allowed (RFC 7519 §2, NumericDate). `null` is refused: it would switch a check off.
  private static func instant(_ json: SecretJSON, _ name: String) throws(ConnectSecretError) -> Date? {
    guard json.has(JSONPointer(name)) else { return nil }
    guard let seconds = json.number(JSONPointer(name)), (0...253_402_300_799).contains(seconds) else {
      throw .claimType
    }
    return Date(timeIntervalSince1970: seconds)
  }

  private static func audiences(_ json: SecretJSON) throws(ConnectSecretError) -> [String]? {
    let pointer = JSONPointer("aud")
    guard json.has(pointer) else { return nil }
    if let one = json.string(pointer) { return [one] }
    guard let several = json.strings(pointer) else { throw .claimType }
    return several
  }
}
