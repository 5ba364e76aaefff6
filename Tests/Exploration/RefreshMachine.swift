import Catalogue
import Renewal
import Storage

/// The refresh of one integration: two processes, a provider of one class, a renewal, and at most one of each mishap, in
/// every order. A model of database and provider; what is decided, the product's functions decide.
package struct RefreshMachine: Machine {
  let refreshClass: RefreshClass
  let rules: RefreshRules
  private let mishaps: Situation.Mishaps

  /// - Parameter mishaps: how many may happen in one course, each kind at most once.
  package init(_ refreshClass: RefreshClass, rules: RefreshRules = RefreshRules(), mishaps: Int = 3) {
    self.refreshClass = refreshClass
    self.rules = rules
    self.mishaps = Situation.Mishaps(inAll: mishaps)
  }

  package var starts: [Situation] {
    var provider = ModelProvider(refreshClass)
    let expiresAt = Instant(milliseconds: 0) + Course.lifetime
    let credential = Situation.Version(token: provider.consent(), expiresAt: expiresAt)
    var start = Situation(credential: credential, provider: provider, left: mishaps)
    start.refreshAt = Course.refreshAt(expiresAt)
    return [start]
  }

  package func steps(from situation: Situation) -> [(name: String, to: Situation)] {
    var steps = situation.workers.indices.flatMap { work($0, situation) }
    steps += renew(situation)
    if let token = situation.stray { steps.append(("late arrival", situation.arrived(late: token))) }
    // A request is answered at once, or lost; one that arrives when its sender has given up is a mishap.
    let isUnderWay = situation.workers.contains { if case .waiting = $0 { true } else { false } }
    let isLast = situation.moment == Course.moments.count - 1
    let mayPass = !isUnderWay && (!isLast || (steps.isEmpty && !situation.isSettled))
    steps += mishaps(situation)
    if mayPass { steps.append(("time passes", situation.later)) }
    return steps
  }

  /// What one process may do next.
  private func work(_ number: Int, _ situation: Situation) -> [(name: String, to: Situation)] {
    let name = "process \(number + 1)"
    switch situation.workers[number] {
    case .crashed: return []
    case .idle:
      guard let begun = begin(number, situation) else { return [] }
      return [("\(name) begins", begun)]
    case .ready(let flight):
      return [("\(name) sends", send(flight, number, situation))]
    case .waiting(let flight):
      return [("the provider answers \(name)", answer(flight, number, situation))]
    case .holding(let flight, let reply):
      return [("\(name) lands", land(flight, reply, number, situation))]
    case .landed(let flight, let reply):
      return [("\(name) concludes", conclude(flight, reply, number, situation))]
    case .judging(let flight, let isGone):
      return [("\(name) judges", judge(flight, isGone: isGone, number, situation))]
    }
  }
}
