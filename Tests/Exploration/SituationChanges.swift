import Renewal
import Storage

/// What the database does, and what can be seen in it.
extension Situation {
  /// A refresh is due, or somebody asks for a token that has run out.
  var isWanted: Bool {
    let isDue = refreshAt.map { $0 <= now } ?? false
    return isDue || (credential.expiresAt <= now && failures == 0)
  }

  /// Nobody holds the claim: released, over, or of a process that is seen to be gone.
  var isFree: Bool {
    guard let holder, claimEnds > now else { return true }
    return holder < 2 && workers[holder] == .crashed(canBeSeen: true)
  }

  /// Uses of the current token whose outcome is unknown.
  var uncertainUses: [Attempt] { attempts.filter { $0.token == credential.token && $0.state == .uncertain } }

  /// Nothing is left to be found out.
  var isSettled: Bool { state.lifecycle != .ready || works || round >= 10 }

  var later: Situation {
    var next = self
    next.stray = nil
    if moment < Course.moments.count - 1 { next.moment += 1 } else { next.round += 1 }
    for worker in next.workers {
      switch worker {
      case .holding(let flight, .token) where flight.claimEnds <= next.now:
        next.wasInTheGap = true
      default: break
      }
    }
    return next
  }

  func with(_ number: Int, _ worker: Worker) -> Situation {
    var next = self
    next.workers[number] = worker
    return next
  }

  func flight(of attempt: Int) -> Flight {
    Flight(attempt: attempt, expiresAt: credential.expiresAt, claimEnds: claimEnds)
  }

  func isAbout(_ attempt: Attempt, _ rules: RefreshRules) -> Bool {
    rules.isAbout(attempt.basis, state.lifecycle, grant, credential.number)
  }

  /// What a probe with the access token finds.
  func accessTokenIsRefused(_ flight: Flight) -> Bool {
    flight.expiresAt > now && provider.families[provider.family(of: attempts[flight.attempt].token)].isDead
  }

  var accessTokenIsRefused: Bool {
    credential.expiresAt > now && provider.families[provider.family(of: credential.token)].isDead
  }

  mutating func claim(for number: Int) {
    (holder, claimEnds) = (number, now + Course.claim)
  }

  /// Lets go of a claim that is still held; one that somebody took over is left alone.
  mutating func release(_ number: Int) { if holder == number { holder = nil } }

  /// Of an attempt that leaves no doubt nothing is remembered: it decides nothing any more.
  mutating func end(_ flight: Flight, _ state: RefreshAttemptState, _ number: Int) {
    var attempt = attempts[flight.attempt]
    (attempt.state, attempt.isOpen, attempt.landed) = (state, false, nil)
    if state != .uncertain, !(state == .refused && attempt.isTerminal) {
      attempt = Attempt(basis: RefreshBasis(grant: 0, version: 0), token: 0, startedAt: Instant(milliseconds: 0))
      (attempt.state, attempt.isOpen) = (.committed, false)
    }
    attempts[flight.attempt] = attempt
    release(number)
  }

  mutating func happen(_ event: IntegrationEvent, _ rules: RefreshRules) {
    if case .move(let to, _) = rules.next(state, event) { state = to }
  }

  /// The provider gets a request. One whose claim is over may be answered to nobody.
  mutating func use(of flight: Flight) -> ModelProvider.Reply {
    let reply = provider.use(attempts[flight.attempt].token, at: now)
    if case .token = reply, flight.claimEnds <= now { wasInTheGap = true }
    return reply
  }

  func arrived(late token: Int) -> Situation {
    var next = self
    next.stray = nil
    _ = next.provider.use(token, at: now)
    next.wasInTheGap = true
    return next
  }
}
