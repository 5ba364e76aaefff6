import Catalogue
import Renewal
import Storage

/// One refresh, step by step: each is a transaction, a request, or what lies between two of them.
extension RefreshMachine {
  /// Settle, re-read, claim, intent: one transaction. `nil` where there is nothing to do, or somebody is at it.
  func begin(_ number: Int, _ situation: Situation) -> Situation? {
    guard situation.state.lifecycle == .ready, situation.isWanted else { return nil }
    guard situation.isFree || !rules.claimsExclude else { return nil }
    var next = situation
    next.claim(for: number)
    for index in next.attempts.indices where next.attempts[index].isOpen && next.attempts[index].state == .intent {
      next.attempts[index].state = rules.doubtsAbandoned ? .uncertain : .notSent
      next.attempts[index].isOpen = false
    }
    if let landed = next.attempts.firstIndex(where: { $0.isOpen && $0.state == .landed }),
      let reply = next.attempts[landed].landed
    {
      next.workers[number] = .landed(next.flight(of: landed), reply)
      return next
    }
    return resolve(number, next)
  }

  private func resolve(_ number: Int, _ situation: Situation) -> Situation {
    var next = situation
    let uses = next.uncertainUses.map(\.startedAt)
    // Before a doubtful use is put off, the access token is asked with; where it is refused, nothing is left to lose.
    let mustSend = uses.isEmpty || next.accessTokenIsRefused
    switch mustSend ? .send : rules.resolve(refreshClass, uses, next.credential.expiresAt, next.now) {
    case .send:
      next.attempts.append(
        Situation.Attempt(
          basis: RefreshBasis(grant: next.grant, version: next.credential.number), token: next.credential.token,
          startedAt: next.now))
      next.workers[number] = .ready(next.flight(of: next.attempts.count - 1))
    case .wait(let until):
      (next.refreshAt, next.failures) = (until, min(next.failures + 1, 2))
      next.release(number)
    }
    return next
  }

  func send(_ flight: Situation.Flight, _ number: Int, _ situation: Situation) -> Situation {
    guard !rules.checksClaim || situation.now + Course.needed <= flight.claimEnds else {
      return postpone(flight, .notSent, number, situation)
    }
    return situation.with(number, .waiting(flight))
  }

  func answer(_ flight: Situation.Flight, _ number: Int, _ situation: Situation) -> Situation {
    var next = situation
    let reply = next.use(of: flight)
    next.workers[number] = .holding(flight, reply)
    return next
  }

  func land(
    _ flight: Situation.Flight, _ reply: ModelProvider.Reply, _ number: Int, _ situation: Situation
  ) -> Situation {
    var (next, flight) = (situation, flight)
    if rules.landsFirst {
      next.attempts[flight.attempt].state = .landed
      next.attempts[flight.attempt].landed = reply
      next.attempts[flight.attempt].isOpen = true
      if next.holder == number {
        next.claimEnds = next.now + Course.claim
        flight.claimEnds = next.claimEnds
      }
    }
    next.workers[number] = .landed(flight, reply)
    return next
  }

  func conclude(
    _ flight: Situation.Flight, _ reply: ModelProvider.Reply, _ number: Int, _ situation: Situation
  ) -> Situation {
    let attempt = situation.attempts[flight.attempt]
    // Somebody else has concluded it meanwhile: the reply is no longer there.
    if rules.landsFirst, attempt.state != .landed { return situation.with(number, .idle) }
    switch reply {
    case .token(let token): return commit(token, flight, number, situation)
    case .unavailable: return postpone(flight, .refused, number, situation)
    case .refused:
      let before = situation.attempts.contains {
        $0.token == attempt.token && $0.state == .refused && $0.isTerminal
          && $0.startedAt + .seconds(60) <= attempt.startedAt
      }
      var verdict = rules.confirm(refreshClass, before, nil)
      if verdict == .ask { verdict = rules.confirm(refreshClass, before, situation.accessTokenIsRefused(flight)) }
      return situation.with(number, .judging(flight, isGone: verdict == .gone))
    }
  }

  private func commit(_ token: Int, _ flight: Situation.Flight, _ number: Int, _ situation: Situation) -> Situation {
    var next = situation
    let attempt = next.attempts[flight.attempt]
    let isCurrent = next.isAbout(attempt, rules)
    if isCurrent {
      next.credential = Situation.Version(
        number: next.credential.number + 1, token: token, expiresAt: attempt.startedAt + Course.lifetime)
      next.happen(.refreshSucceeded, rules)
      (next.refreshAt, next.failures) = (Course.refreshAt(next.credential.expiresAt), 0)
    }
    next.end(flight, isCurrent ? .committed : .archived, number)
    return next.with(number, .idle)
  }

  func judge(_ flight: Situation.Flight, isGone: Bool, _ number: Int, _ situation: Situation) -> Situation {
    var next = situation
    guard next.isAbout(next.attempts[flight.attempt], rules), next.holder == number || !isGone else {
      next.end(flight, .refused, number)
      return next.with(number, .idle)
    }
    next.attempts[flight.attempt].isTerminal = true
    guard isGone else { return postpone(flight, .refused, number, next, atLeast: .seconds(60)) }
    next.end(flight, .refused, number)
    next.happen(.refreshFailedTerminally(reason: "invalid_grant"), rules)
    next.refreshAt = nil
    return next.with(number, .idle)
  }

  func postpone(
    _ flight: Situation.Flight, _ state: RefreshAttemptState, _ number: Int, _ situation: Situation,
    atLeast floor: Duration = .zero
  ) -> Situation {
    var next = situation
    if next.isAbout(next.attempts[flight.attempt], rules) {
      next.failures = min(next.failures + 1, 2)
      next.refreshAt =
        next.now + max(floor, RefreshSchedule.backOff(failures: next.failures, retryAfter: nil, chance: 0))
      next.happen(.refreshFailedTransiently(reason: "t"), rules)
    }
    next.end(flight, state, number)
    return next.with(number, .idle)
  }
}
