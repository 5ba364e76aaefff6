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
/// - Parameter deadlineIsNear: whether the grant that is current after the event ends soon, as far as is known.
package func next(
  _ state: IntegrationState, _ event: IntegrationEvent, deadlineIsNear: Bool = false
) -> Transition {
  let healed = state.healed(deadlineIsNear: deadlineIsNear)
  if state.lifecycle == .deleted { return event == .deleted ? .stay : .refuse("deleted") }
  switch event {
  case .attemptOpened:
    return state.lifecycle == .pending ? .tell(.pending) : .stay
  case .attemptFailed:
    return .tell(.connectFailed)
  case .renewalFailed:
    return .tell(.renewalFailed)
  case .attemptCompleted:
    return state.lifecycle == .pending ? .move(to: healed, emitting: .ready) : .refuse("not_pending")
  case .renewalCompleted:
    return state.isSuspended ? .refuse("suspended") : .move(to: healed, emitting: .renewed)
  case .credentialPut:
    return .move(to: healed, emitting: state.lifecycle == .ready ? state.recovery : .ready)
  case .credentialRolledBack:
    // What the customer withdrew is not brought back by us.
    if state.lifecycle == .revoked { return .refuse("revoked") }
    return .move(to: healed.unverified, emitting: state.lifecycle == .ready ? state.recovery : .ready)
  case .importDone:
    return state.lifecycle == .ready ? .tell(.importDone) : .refuse("not_ready")
  case .refreshSucceeded:
    return state.lifecycle == .ready ? .move(to: healed, emitting: state.recovery) : .stay
  case .refreshFailedTransiently(let reason):
    return state.lifecycle == .ready ? degraded(state, reason) : .stay
  case .refreshFailedTerminally(let reason):
    return state.lifecycle == .ready
      ? .move(to: state.with(.needsReauthorization, reason: reason), emitting: .needsReauthorization) : .stay
  case .deadlineNear:
    return state.lifecycle == .ready ? expiring(state) : .stay
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

/// An episode of trouble is told once.
private func degraded(_ state: IntegrationState, _ reason: String) -> Transition {
  state.health == .degraded ? .stay : .move(to: state.with(.degraded, reason: reason), emitting: .degraded)
}

/// Trouble hides that a deadline is near, and once it has ended the deadline shows.
private func expiring(_ state: IntegrationState) -> Transition {
  state.health == .degraded
    ? .tell(.expiring) : .move(to: state.healed(deadlineIsNear: true), emitting: .expiring)
}

extension IntegrationState {
  /// Why a healthy integration is said to be `expiring`.
  package static let nearDeadline = "deadline"

  fileprivate func healed(deadlineIsNear: Bool) -> IntegrationState {
    var state = with(.ready, reason: deadlineIsNear ? Self.nearDeadline : nil)
    if deadlineIsNear { state.health = .expiring }
    return state
  }

  /// Nobody has asked the provider about what is current now. A deadline outranks it.
  fileprivate var unverified: IntegrationState { health == .ok ? with(.unverified, reason: nil) : self }

  fileprivate func with(_ health: Health, reason: String?) -> IntegrationState {
    var state = self
    (state.health, state.reason) = (health, reason)
    return state
  }

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
