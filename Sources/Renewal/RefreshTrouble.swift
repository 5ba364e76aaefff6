/// Why a refresh brought nothing for now, and whose doing that is: for whoever had asked for it.
package struct RefreshTrouble: Sendable, Equatable {
  package enum Origin: Sendable, Equatable {
    /// The provider, the way to it, or the rate that it allows.
    case provider
    /// This vault's own storage.
    case storage
    /// This process's provider files.
    case catalogue
    /// Nothing was sent, on purpose.
    case held
  }

  package let origin: Origin
  package let reason: String
  package let message: String
  package let retryAfter: Duration

  /// The reason when the client's rate is used up for the moment.
  static let queued = "queued"

  /// `nil` for an outcome that is no passing trouble.
  package init?(_ outcome: RefreshOutcome) {
    switch outcome {
    case .degraded(let reason, let retryAfter):
      (self.reason, self.retryAfter, origin) = (reason, retryAfter, Origin(reason))
      message = "\(Self.words[origin] ?? ""): \(ReasonWords.explain(reason)). \(Self.comfort(origin))"
    case .queued(let retryAfter):
      (reason, self.retryAfter, origin) = (Self.queued, retryAfter, .provider)
      message = "Nothing was sent: the rate that the provider allows is used up for the moment. \(Self.comfort(.provider))"
    case .resting(let reason, let retryAfter):
      (self.reason, self.retryAfter, origin) = (reason, retryAfter, .provider)
      message = """
        Nothing was sent: the refreshes of this connector rest for a while, because of \(ReasonWords.explain(reason)). \
        \(Self.comfort(.provider))
        """
    case .fresh, .busy, .dead, .connectorRefused, .notRefreshable: return nil
    }
  }

  private static let words: [Origin: String] = [
    .provider: "The refresh brought no new token", .storage: "The vault's own storage is in trouble",
    .catalogue: "Nothing was sent", .held: "Nothing was sent",
  ]

  private static func comfort(_ origin: Origin) -> String {
    switch origin {
    case .catalogue: "Check --providers and reseal provider list."
    case .storage: "Its operator must look at disk and log."
    case .provider, .held: "The tokens that are there are kept, and it is tried again by itself."
    }
  }
}

extension RefreshTrouble.Origin {
  fileprivate init(_ reason: String) {
    switch reason {
    case "not_stored", "not_concluded", "no_spool": self = .storage
    case RefreshOutcome.unknownProvider: self = .catalogue
    case RefreshOutcome.clockJumped, RefreshOutcome.restored, "claim_ran_out", "closed": self = .held
    default: self = .provider
    }
  }
}
