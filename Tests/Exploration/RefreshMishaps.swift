import Catalogue
import Renewal
import Storage

/// What others do meanwhile, and what goes wrong.
extension RefreshMachine {
  func renew(_ situation: Situation) -> [(name: String, to: Situation)] {
    guard case .exchanging(let grant) = situation.renewer else { return [] }
    var (swapped, failed) = (situation, situation)
    swapped.release(2)
    failed.release(2)
    (swapped.renewer, failed.renewer) = (.ended, .ended)
    failed.happen(.renewalFailed(reason: "f"), rules)
    guard situation.grant == grant else { return [("the renewal is superseded", swapped)] }
    swapped.grant += 1
    let expiresAt = situation.now + Course.lifetime
    swapped.credential = Situation.Version(
      number: swapped.credential.number + 1, token: swapped.provider.consent(), expiresAt: expiresAt)
    swapped.happen(.renewalCompleted, rules)
    (swapped.refreshAt, swapped.failures) = (Course.refreshAt(expiresAt), 0)
    swapped.renewer = .swapped(family: swapped.provider.families.count - 1)
    return [("the renewal swaps", swapped), ("the renewal fails", failed)]
  }

  func mishaps(_ situation: Situation) -> [(name: String, to: Situation)] {
    guard situation.round == 0, situation.left.inAll > 0 else { return [] }
    var situation = situation
    situation.left.inAll -= 1
    return customers(situation) + situation.workers.indices.flatMap { crashes($0, situation) + losses($0, situation) }
  }

  private func customers(_ situation: Situation) -> [(name: String, to: Situation)] {
    var steps: [(name: String, to: Situation)] = []
    if situation.left.renewals > 0, situation.isFree {
      var next = situation
      next.left.renewals -= 1
      next.claim(for: 2)
      next.renewer = .exchanging(grant: next.grant)
      steps.append(("a renewal begins", next))
    }
    if situation.left.disconnects > 0, situation.state.lifecycle != .revoked {
      var next = situation
      next.left.disconnects -= 1
      next.grant += 1
      next.happen(.disconnected, rules)
      next.refreshAt = nil
      steps.append(("the customer disconnects", next))
    }
    if situation.left.withdrawals > 0 {
      var next = situation
      next.left.withdrawals -= 1
      next.provider.families[next.provider.family(of: next.credential.token)].isDead = true
      next.wasWithdrawn = true
      steps.append(("the customer withdraws at the provider", next))
    }
    if case .exchanging = situation.renewer, situation.left.crashes > 0 {
      var next = situation
      next.left.crashes -= 1
      next.renewer = .ended
      steps.append(("the renewal's process dies", next))
    }
    return steps
  }

  /// A dead holder is found out by its process id, or only when its claim is over.
  private func crashes(_ number: Int, _ situation: Situation) -> [(name: String, to: Situation)] {
    guard situation.left.crashes > 0 else { return [] }
    var next = situation
    switch situation.workers[number] {
    case .idle, .crashed: return []
    case .holding(_, .token): next.wasInTheGap = true
    case .waiting(let flight): next.stray = next.attempts[flight.attempt].token
    default: break
    }
    next.left.crashes -= 1
    return [true, false].map { canBeSeen in
      ("process \(number + 1) dies", next.with(number, .crashed(canBeSeen: canBeSeen)))
    }
  }

  private func losses(_ number: Int, _ situation: Situation) -> [(name: String, to: Situation)] {
    guard case .waiting(let flight) = situation.workers[number] else { return [] }
    var steps: [(name: String, to: Situation)] = []
    if situation.left.losses > 0 {
      var next = situation
      next.left.losses -= 1
      let lost = postpone(flight, .uncertain, number, next)
      steps.append(("the request is lost", lost))
      var late = lost
      late.stray = next.attempts[flight.attempt].token
      steps.append(("the request is given up under way", late))
      if case .token = next.use(of: flight) { next.wasInTheGap = true }
      steps.append(("the reply is lost", postpone(flight, .uncertain, number, next)))
    }
    if situation.left.troubles > 0 {
      var next = situation
      next.left.troubles -= 1
      steps.append(("the provider is unavailable", next.with(number, .holding(flight, .unavailable))))
      steps.append(("the provider says no by mistake", next.with(number, .holding(flight, .refused))))
    }
    return steps
  }
}
