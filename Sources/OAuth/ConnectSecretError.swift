/// Why a connect secret was refused. Cases carry nothing of the token; the messages tell a backend's author what to do.
package enum ConnectSecretError: String, Error, Equatable, Sendable, CaseIterable {
  case tooLong = "too_long"
  case malformed
  case algorithm
  case criticalHeader = "critical_header"
  case workspaceID = "workspace_id"
  case customerID = "customer_id"
  case integrationID = "integration_id"
  case claimType = "claim_type"
  case noCertificate = "no_certificate"
  case unknownKey = "unknown_key"
  case weakKey = "weak_key"
  case signature
  case expired
  case notYetValid = "not_yet_valid"
  case issuedInTheFuture = "issued_in_the_future"
  case audience

  package var message: String {
    switch self {
    case .tooLong: "The connect secret is longer than 8 KiB."
    case .malformed:
      "The connect secret is no JWT: three parts in base64url without padding, two of them JSON objects whose names "
        + "are unique. Hand over exactly what jwt.encode(…) returned."
    case .algorithm: "The connect secret must be signed with RS256 (algorithm=\"RS256\")."
    case .criticalHeader: "The connect secret's header has a \"crit\" extension; none is supported."
    case .workspaceID: "The claim workspace_id is missing or is no UUID."
    case .customerID: "The claim customer_id is missing or is not 1 to 128 of A-Z a-z 0-9 _ . : @ -"
    case .integrationID: "The claim integration_id is no UUID."
    case .claimType:
      "A claim has the wrong type or is too long: exp, nbf and iat are numbers of seconds; "
        + "name, state, jti and aud are texts."
    case .noCertificate: "The workspace has no live certificate. Create or import one: reseal certificate --help"
    case .unknownKey: "The connect secret names a key (kid) that is no live certificate of the workspace."
    case .weakKey: "The workspace's certificate is no RSA key of at least 2048 bits."
    case .signature:
      "The connect secret's signature fits no live certificate of the workspace. Is it signed with this workspace's "
        + "private key?"
    case .expired:
      "The connect secret has expired (exp; or 15 minutes after iat if there is no exp). Make a new one for each page."
    case .notYetValid: "The connect secret is not valid yet (nbf). Is the clock of the backend right?"
    case .issuedInTheFuture: "The connect secret was issued in the future (iat). Is the clock of the backend right?"
    case .audience:
      "The connect secret is meant for another audience (aud): it must be \"reseal\" or this server's URL."
    }
  }
}
