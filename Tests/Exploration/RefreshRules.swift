import Catalogue
import Renewal
import Storage

/// The decisions of a refresh: the product's own functions. One of them exchanged for a mistake is what the walk must
/// find.
package struct RefreshRules: Sendable {
  package var resolve:
    @Sendable (RefreshClass, _ uses: [Instant], _ expiresAt: Instant, _ now: Instant) -> UncertainResolution = {
      .decide($0, uses: $1, expiresAt: $2, lifetime: Course.lifetime, now: $3)
    }
  package var isAbout: @Sendable (RefreshBasis, Lifecycle, _ grant: Int64, _ version: Int64?) -> Bool = {
    $0.holds($1, grant: $2, version: $3)
  }
  package var confirm: @Sendable (RefreshClass, _ before: Bool, _ accessTokenIsRefused: Bool?) -> TerminalRefusal = {
    .decide($0, wasRefusedBefore: $1, accessTokenIsRefused: $2)
  }
  package var next: @Sendable (IntegrationState, IntegrationEvent) -> Transition = { Renewal.next($0, $1) }
  /// The reply is stored before anybody has parsed it.
  package var landsFirst = true
  /// Whoever holds the claim is alone.
  package var claimsExclude = true
  /// The sender looks at what is left of its claim before the first byte.
  package var checksClaim = true
  /// An intent that nobody ended may have been sent.
  package var doubtsAbandoned = true

  package init() {}

  /// Mistakes that others have made.
  package static var mistakes: [(name: String, rules: RefreshRules)] {
    func with(_ change: (inout RefreshRules) -> Void) -> RefreshRules {
      var rules = RefreshRules()
      change(&rules)
      return rules
    }
    return [
      ("send again at once", with { $0.resolve = { _, _, _, _ in .send } }),
      ("parse before landing", with { $0.landsFirst = false }),
      ("commit whatever the grant", with { $0.isAbout = { _, _, _, _ in true } }),
      ("believe every refusal", with { $0.confirm = { _, _, _ in .gone } }),
      ("never ask again", with { $0.resolve = { Self.shy($0, $1, $2, $3) } }),
      ("refresh without a claim", with { $0.claimsExclude = false }),
      ("send whatever is left of the claim", with { $0.checksClaim = false }),
      ("take an abandoned intent for unsent", with { $0.doubtsAbandoned = false }),
      ("say nothing of a dead grant", with { $0.next = { Self.silent($0, $1) } }),
    ]
  }

  private static func shy(
    _ refreshClass: RefreshClass, _ uses: [Instant], _ expires: Instant, _ now: Instant
  ) -> UncertainResolution {
    let right = UncertainResolution.decide(
      refreshClass, uses: uses, expiresAt: expires, lifetime: Course.lifetime, now: now)
    return right == .send ? .wait(until: now + .seconds(60)) : right
  }

  private static func silent(_ state: IntegrationState, _ event: IntegrationEvent) -> Transition {
    if case .refreshFailedTerminally = event { .stay } else { Renewal.next(state, event) }
  }
}
