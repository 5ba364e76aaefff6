import Renewal
import Storage

/// An integration's life under everything that can happen to it, beside what is true: whether its credential works, and
/// whether a refresh is armed that would find out if not.
package struct IntegrationMachine: Machine {
  package struct Life: Hashable {
    var state: IntegrationState
    var works = false
    var isArmed = false
    var deadlineIsNear = false
  }

  private let next: @Sendable (IntegrationState, IntegrationEvent, Bool) -> Transition

  package init(
    next: @escaping @Sendable (IntegrationState, IntegrationEvent, Bool) -> Transition = {
      Renewal.next($0, $1, deadlineIsNear: $2)
    }
  ) { self.next = next }

  package var starts: [Life] { [Life(state: IntegrationState(lifecycle: .pending))] }

  package func steps(from life: Life) -> [(name: String, to: Life)] {
    var steps: [(name: String, to: Life)] = []
    for event in Self.events(in: life) {
      var after = Self.truth(after: event, life)
      guard case .move(let state, _) = next(life.state, event, after.deadlineIsNear) else {
        steps.append((event.word, life))
        continue
      }
      after.state = state
      steps.append((event.word, after))
    }
    if life.works {
      var dead = life
      dead.works = false
      steps.append(("withdrawn at the provider", dead))
    }
    return steps
  }

  /// What can happen: a refresh only where one is armed, with the outcome that the truth has.
  private static func events(in life: Life) -> [IntegrationEvent] {
    var events: [IntegrationEvent] = [
      .attemptOpened, .attemptCompleted, .attemptFailed(reason: "f"), .importDone, .renewalCompleted,
      .renewalFailed(reason: "f"), .credentialPut, .credentialRolledBack, .disconnected, .suspended, .resumed, .deleted,
    ]
    guard life.isArmed else { return events }
    events += [.refreshFailedTransiently(reason: "t"), .deadlineNear]
    events.append(life.works ? .refreshSucceeded : .refreshFailedTerminally(reason: "g"))
    return events
  }

  private static func truth(after event: IntegrationEvent, _ life: Life) -> Life {
    var after = life
    switch event {
    case .attemptCompleted, .renewalCompleted, .credentialPut, .credentialRolledBack:
      (after.works, after.isArmed, after.deadlineIsNear) = (true, true, false)
    case .deadlineNear: after.deadlineIsNear = true
    case .refreshFailedTerminally, .disconnected, .deleted: after.isArmed = false
    default: break
    }
    return after
  }

  package func complaint(about life: Life) -> String? {
    let (state, word) = (life.state, PublishedState(life.state))
    if state.lifecycle == .ready, !life.works, !life.isArmed { return "silently dead" }
    if state.lifecycle != .ready, state.health != .ok { return "health of one that is not ready" }
    if state.lifecycle == .ready, life.deadlineIsNear, state.health == .ok || state.health == .unverified {
      return "a deadline was forgotten"
    }
    if state.health == .expiring, !life.deadlineIsNear { return "a deadline was made up" }
    if state.lifecycle == .needsReauthorization, life.works { return "a working grant was given up" }
    if state.lifecycle == .needsReauthorization, !state.isSuspended, word.nextAction != .renew {
      return "nobody is asked"
    }
    return nil
  }

  package func complaint(aboutTheEnd life: Life) -> String? { "a life without a next step" }
}
