import Storage

/// The part of an integration that its life consists of.
package struct IntegrationState: Sendable, Equatable, Hashable {
  package var lifecycle: Lifecycle
  package var health: Health
  package var isSuspended: Bool
  package var reason: String?

  package init(lifecycle: Lifecycle, health: Health = .ok, isSuspended: Bool = false, reason: String? = nil) {
    self.lifecycle = lifecycle
    self.health = health
    self.isSuspended = isSuspended
    self.reason = reason
  }
}

/// What an event does to a state.
package enum Transition: Sendable, Equatable {
  /// The new state, and what the outbox tells the world; `nil` tells nothing.
  case move(to: IntegrationState, emitting: EventType?)
  /// Nothing moves; the outbox tells that it happened.
  case tell(EventType)
  /// The event changes nothing here, and that is fine.
  case stay
  /// The event must not happen in this state: says why, by a code.
  case refuse(String)
}

/// The life of an integration: pure, and total over all states and events.
package func next(_ state: IntegrationState, _ event: IntegrationEvent) -> Transition {
  if state.lifecycle == .deleted { return event == .deleted ? .stay : .refuse("deleted") }
  switch event {
  case .attemptOpened:
    return state.lifecycle == .pending ? .tell(.pending) : .stay
  case .attemptFailed:
    return .tell(.connectFailed)
  case .renewalFailed:
    return .tell(.renewalFailed)
  case .attemptCompleted:
    return state.lifecycle == .pending ? .move(to: state.healed, emitting: .ready) : .refuse("not_pending")
  case .renewalCompleted:
    return .move(to: state.healed, emitting: .renewed)
  case .credentialPut:
    return .move(to: state.healed, emitting: state.lifecycle == .ready ? state.recovery : .ready)
  case .credentialRolledBack:
    // What the customer withdrew is not brought back by us.
    return state.lifecycle == .revoked ? .refuse("revoked") : next(state, .credentialPut)
  case .importDone:
    return state.lifecycle == .ready ? .tell(.importDone) : .refuse("not_ready")
  case .refreshSucceeded, .refreshFailedTransiently, .refreshFailedTerminally:
    return state.lifecycle == .ready ? afterRefresh(state, event) : .stay
  case .disconnected:
    return state.lifecycle == .revoked
      ? .stay : .move(to: state.with(.revoked, reason: "disconnected"), emitting: .revoked)
  case .suspended:
    return state.isSuspended ? .stay : .move(to: state.suspended(true), emitting: .suspended)
  case .resumed:
    return state.isSuspended ? .move(to: state.suspended(false), emitting: .resumed) : .stay
  case .deleted:
    return .move(to: state.with(.deleted, reason: nil).suspended(false), emitting: .deleted)
  }
}

/// A ready integration after a refresh: an episode of trouble is told once, and its end once.
private func afterRefresh(_ state: IntegrationState, _ event: IntegrationEvent) -> Transition {
  switch event {
  case .refreshFailedTransiently(let reason):
    if state.health == .degraded { return .stay }
    var next = state
    (next.health, next.reason) = (.degraded, reason)
    return .move(to: next, emitting: .degraded)
  case .refreshFailedTerminally(let reason):
    return .move(to: state.with(.needsReauthorization, reason: reason), emitting: .needsReauthorization)
  default:
    return .move(to: state.healed, emitting: state.recovery)
  }
}

extension IntegrationState {
  fileprivate var healed: IntegrationState { with(.ready, reason: nil) }

  /// What is told when trouble that was told has ended.
  fileprivate var recovery: EventType? { health == .degraded ? .recovered : nil }

  fileprivate func with(_ lifecycle: Lifecycle, reason: String?) -> IntegrationState {
    IntegrationState(lifecycle: lifecycle, health: .ok, isSuspended: isSuspended, reason: reason)
  }

  fileprivate func suspended(_ flag: Bool) -> IntegrationState {
    var state = self
    state.isSuspended = flag
    return state
  }
}
