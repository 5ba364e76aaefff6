internal import Catalogue
package import Foundation
internal import Sealing

/// A connect secret before anything about it is believed: a JWT in compact form (RFC 7515 §3.1, RFC 7519).
///
/// `workspaceID` is what the token *claims*: it serves to find the certificates to verify it with, and nothing else.
package struct UnverifiedConnectSecret: Sendable {
  package static let longest = 8192

  package var workspaceID: UUID { reader.claims.workspaceID }
  /// The key that the token says it is signed with.
  package let kid: String?
  private let reader: ConnectClaimsReader
  private let signingInput: [UInt8]
  private let signature: [UInt8]

  /// Checks everything that needs no key. RS256 is the only algorithm that is even parsed: `none`, HS256 keyed with a
  /// public key and the rest end here (RFC 8725 §3.1).
  package static func parse(_ token: String) throws(ConnectSecretError) -> UnverifiedConnectSecret {
    guard token.utf8.count <= longest else { throw .tooLong }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(String(parts[0])),
      let payload = Base64URL.decode(String(parts[1])), let signature = Base64URL.decode(String(parts[2]))
    else { throw .malformed }
    return UnverifiedConnectSecret(
      kid: try kid(inHeader: header), reader: try claims(inPayload: payload),
      signingInput: Array("\(parts[0]).\(parts[1])".utf8), signature: signature)
  }

  /// Verifies signature, times and audience.
  ///
  /// With `kid`, only the certificate of that name counts; without, each is tried. `certificates` must be the live ones
  /// of the workspace `workspaceID`. `audiences` are the names that an `aud` claim may have: `reseal`, the public URL.
  package func verified(
    by certificates: [WorkspaceCertificate], at now: Date, audiences: Set<String> = ["reseal"]
  ) throws(ConnectSecretError) -> ConnectClaims {
    guard !certificates.isEmpty else { throw .noCertificate }
    let candidates = certificates.filter { kid == nil || $0.kid == kid }
    guard !candidates.isEmpty else { throw .unknownKey }
    try checkSignature(candidates)
    try reader.check(at: now, accepted: audiences)
    return reader.claims
  }

  private func checkSignature(_ candidates: [WorkspaceCertificate]) throws(ConnectSecretError) {
    var usable = false
    for certificate in candidates {
      guard let fits = try? RSAPublicKey.make(spki: certificate.spki).verifies(signature: signature, of: signingInput)
      else { continue }
      if fits { return }
      usable = true
    }
    throw usable ? .signature : .weakKey
  }

  /// Of a header only `alg`, `kid` and `crit` are read; `jwk`, `jku` and `x5u` would let a token bring its own key.
  private static func kid(inHeader bytes: [UInt8]) throws(ConnectSecretError) -> String? {
    try parse(bytes) { (header: SecretJSON) throws(ConnectSecretError) -> String? in
      guard header.string(JSONPointer("alg")) == "RS256" else { throw .algorithm }
      guard !header.has(JSONPointer("crit")) else { throw .criticalHeader }
      guard header.has(JSONPointer("kid")) else { return nil }
      guard let kid = header.string(JSONPointer("kid")), kid.utf8.count <= 256 else { throw .unknownKey }
      return kid
    }
  }

  private static func claims(inPayload bytes: [UInt8]) throws(ConnectSecretError) -> ConnectClaimsReader {
    try parse(bytes) { (json: SecretJSON) throws(ConnectSecretError) in try ConnectClaimsReader(json) }
  }

  /// Names must be unique, so that no two readers of one token can see different values (RFC 7519 §4).
  private static func parse<R>(
    _ bytes: [UInt8], _ read: (SecretJSON) throws(ConnectSecretError) -> R
  ) throws(ConnectSecretError) -> R {
    let result = bytes.withUnsafeBytes { buffer -> Result<R, ConnectSecretError> in
      guard let json = SecretJSON(buffer, uniqueKeys: true), json.isObject else { return .failure(.malformed) }
      do throws(ConnectSecretError) { return .success(try read(json)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// Both steps at once, for callers that know the workspace already.
package enum ConnectSecret {
  package static func verify(
    _ token: String, at now: Date, certificates: [WorkspaceCertificate], audiences: Set<String> = ["reseal"]
  ) throws(ConnectSecretError) -> ConnectClaims {
    try UnverifiedConnectSecret.parse(token).verified(by: certificates, at: now, audiences: audiences)
  }
}
