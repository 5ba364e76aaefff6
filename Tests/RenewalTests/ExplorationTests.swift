import Catalogue
import Exploration
import Renewal
import Testing

/// Every state of the two state machines, by the product's own decisions. `scripts/proof` walks with all mishaps at once.
struct ExplorationTests {
  @Test func aLifeIsNeverSilentlyDead() {
    let walk = Walk(IntegrationMachine())
    #expect(walk.violations.isEmpty, "\(walk.violations)")
    #expect(walk.states > 30 && walk.steps > 10 * walk.states && walk.ends == 0, "\(walk)")
  }

  @Test func aLifeThatForgetsIsFound() {
    let forgetful = IntegrationMachine { state, event, _ in next(state, event) }
    #expect(Walk(forgetful).violations.contains { $0.complaint == "a deadline was forgotten" })
    let silent = IntegrationMachine { state, event, isNear in
      if case .refreshFailedTerminally = event { return .move(to: state, emitting: nil) }
      return next(state, event, deadlineIsNear: isNear)
    }
    #expect(Walk(silent).violations.contains { $0.complaint == "silently dead" })
  }

  @Test(arguments: [RefreshClass.g(seconds: 30), .x])
  func aRefreshIsNeverSilentlyDead(_ refreshClass: RefreshClass) {
    let walk = Walk(RefreshMachine(refreshClass, mishaps: 1))
    #expect(walk.violations.isEmpty, "\(walk.violations)")
    #expect(walk.states > 1000 && walk.ends > 10, "\(walk)")
  }

  @Test(arguments: RefreshRules.mistakes.map(\.name))
  func aMistakeIsFound(_ name: String) throws {
    let rules = try #require(RefreshRules.mistakes.first { $0.name == name }).rules
    let walk = Walk(RefreshMachine(.x, rules: rules, mishaps: 2), endsEarly: true)
    #expect(!walk.violations.isEmpty, "\(name): \(walk.states) states")
  }
}
