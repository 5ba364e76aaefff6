import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// What became of a submitted form.
package enum FormOutcome: Sendable {
  case ended(AttemptEnd)
  /// The form is shown again, with the reason.
  case tryAgain(AttemptFailure)
}

/// API keys, user names and passwords: the pipeline without the round trip to the provider.
extension Attempts {
  /// Takes the fields of a hosted form, checks them with the provider's probe, and puts or swaps. A mistyped key does
  /// not end the attempt.
  package func submit(
    _ fields: consuming CredentialFields, _ submission: AttemptSubmission
  ) async throws -> FormOutcome {
    let row = try admitted(submission)
    let connection = try custodian.view { try self.connection(of: row, in: $0) }
    guard let kind = CredentialKind(connection.provider.kind) else { throw ConnectRefusal.unknownProvider }
    let result = await probe(fields, connection)
    switch result {
    case .refused: return .tryAgain(.probeRefused)
    case .unavailable, .unreachable: return .tryAgain(.probeFailed)
    case .identity, .unusable: break
    }
    let candidate = VerifiedCandidate(
      fields: fields, kind: kind, identity: result.accountIdentity, scopes: "",
      life: TokenLifetime(lifetime: nil, requestedAt: custodian.clocks.now()))
    return .ended(try await judge(candidate, probed: result, row, connection, claim: nil))
  }

  private func probe(_ fields: borrowing CredentialFields, _ connection: Connection) async -> ProbeResult {
    var set = FieldSet()
    for name in fields.names {
      if let value = fields.secret(name) { set.set(name, value) }
    }
    return await endpoints.probe(provider: connection.provider, fields: set, parameters: connection.parameters)
  }
}

extension CredentialKind {
  /// The kind that a form of this provider brings; `nil` where there is no form.
  init?(_ kind: Provider.Kind) {
    switch kind {
    case .apiKey: self = .apiKey
    case .basic: self = .basic
    case .oauth2: return nil
    }
  }
}

extension ProbeResult {
  var accountIdentity: AccountIdentity? {
    if case .identity(let identity) = self { identity } else { nil }
  }
}
