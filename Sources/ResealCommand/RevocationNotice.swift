import Foundation
import Renewal
import Reseal

/// Tells the provider of what has just ended, and says what came of it.
enum RevocationNotice {
  static func print(of integration: UUID? = nil, _ assembly: Assembly) async throws {
    let summary = try await assembly.revocations.run(of: integration)
    for (outcome, count) in summary.ended.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try Output.line("\(text(of: outcome))\(count > 1 ? " (\(count) grants)" : "")")
    }
    if summary.pending > 0 {
      Notice.say("the provider could not be told yet; reseal serve and reseal refresh --due go on trying for 24 hours")
    }
  }

  private static func text(of outcome: RevocationOutcome) -> String {
    switch outcome {
    case .revoked: "revoked at the provider"
    case .refused: "the provider does not know the token any more, or does not revoke it"
    case .shared: "not revoked at the provider: that would end another integration of the same account"
    case .unsupported: "the provider offers no revocation: the customer can remove the application there"
    case .givenUp: "the provider was not told within 24 hours"
    }
  }
}
