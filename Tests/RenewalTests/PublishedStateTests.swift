import Renewal
import Storage
import Testing

struct PublishedStateTests {
  /// Restated from the design: the first that holds is the word.
  private func expected(_ state: IntegrationState) -> String {
    let claims: [(Bool, String)] = [
      (state.lifecycle == .deleted, "deleted"), (state.lifecycle == .revoked, "revoked"),
      (state.isSuspended, "suspended"), (state.lifecycle == .needsReauthorization, "needs_reauthorization"),
      (state.lifecycle == .pending, "pending"), (state.health == .degraded, "degraded"),
      (state.health == .expiring, "expiring"), (state.health == .unverified, "unverified"), (true, "ready"),
    ]
    return claims.first { $0.0 }!.1
  }

  @Test func precedenceHoldsInEveryState() {
    var seen: Set<PublishedState> = []
    for state in TransitionTests.states {
      let published = PublishedState(state)
      #expect(published.word == expected(state), "\(state)")
      seen.insert(published)
    }
    #expect(seen == Set(PublishedState.allCases))
  }

  @Test(arguments: [
    (PublishedState.ready, "none"), (.unverified, "none"), (.deleted, "none"), (.pending, "wait"), (.degraded, "wait"),
    (.suspended, "wait"), (.needsReauthorization, "renew"), (.revoked, "renew"), (.expiring, "renew"),
  ])
  func everyWordSaysWhatToDo(_ state: PublishedState, _ action: String) { #expect(state.nextAction.rawValue == action) }
}
