import Custody
import OAuth
import Storage

/// An access token whose refresh token may have been used up. Some providers end it when they rotate: then it is dead
/// already, however long it was to live, and only asking tells.
struct DoubtfulToken: Sendable {
  let credential: CredentialRow
  let connection: Connection
  let opening: PendingOpening
}

/// What the provider said of a version's access token.
struct AskedToken: Sendable, Equatable {
  let version: Int64
  let isDead: Bool
}

extension CustodyChange {
  /// What to ask about before the refresh token is left alone for long, with its opening recorded and the claim let go;
  /// `nil` where that was asked already, or where nobody can be asked.
  func doubtfulToken(_ plan: FlightPlan) throws -> DoubtfulToken? {
    guard plan.asked?.version != plan.credential.version, plan.connection.provider.probe != nil else { return nil }
    try unauthenticatedWrites.release(plan.claim)
    return DoubtfulToken(
      credential: plan.credential, connection: plan.connection,
      opening: try recordOpening(of: plan.credential, by: .refresher, purpose: "probe"))
  }
}

extension Refresher {
  /// Asks the provider with the access token. One that is refused serves nobody, so that another use of the refresh token
  /// can cost nothing; without an answer nothing is concluded.
  func ask(_ doubt: DoubtfulToken) async throws -> AskedToken {
    AskedToken(
      version: doubt.credential.version,
      isDead: try await isRefused(doubt.credential, at: doubt.connection, spending: doubt.opening) ?? true)
  }

  /// Whether the provider refuses this access token. A provider that does not answer, or that cannot be asked, has not
  /// said no.
  /// - Returns: `nil` where there is no token to ask with.
  /// - Throws: `integrity` where the credential does not open: our own trouble, and no fault of the grant's.
  func isRefused(
    _ credential: CredentialRow, at connection: Connection, spending opening: PendingOpening
  ) async throws -> Bool? {
    let fields = try custodian.open(credential, spending: try opening.recorded())
    guard let token = fields.secret("access_token") else { return nil }
    switch await endpoints.probe(
      provider: connection.provider, accessToken: token, parameters: connection.parameters)
    {
    case .identity, .unavailable, .unreachable, .unusable: return false
    case .refused: return true
    }
  }
}
