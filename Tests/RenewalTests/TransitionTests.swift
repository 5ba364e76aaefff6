import Renewal
import Storage
import Testing

/// `next` over every state and every event.
struct TransitionTests {
  static let states: [IntegrationState] = Lifecycle.allCases.flatMap { lifecycle in
    Health.allCases.flatMap { health in
      [false, true].flatMap { isSuspended in
        [nil, "some_reason"].map {
          IntegrationState(lifecycle: lifecycle, health: health, isSuspended: isSuspended, reason: $0)
        }
      }
    }
  }

  static let events: [IntegrationEvent] = [
    .attemptOpened, .attemptCompleted, .attemptFailed(reason: "f"), .importDone, .refreshSucceeded,
    .refreshFailedTransiently(reason: "t"), .refreshFailedTerminally(reason: "g"), .renewalCompleted,
    .renewalFailed(reason: "f"), .credentialPut, .credentialRolledBack,
    .disconnected, .suspended, .resumed, .deleted,
  ]

  private struct Step {
    let from: IntegrationState
    let event: IntegrationEvent
    let transition: Transition

    /// Where it leads; the state itself where nothing moves.
    var to: IntegrationState { if case .move(let to, _) = transition { to } else { from } }
    var told: EventType? {
      switch transition {
      case .move(_, let told): told
      case .tell(let told): told
      case .stay, .refuse: nil
      }
    }
    var isRefused: Bool { if case .refuse = transition { true } else { false } }
  }

  private static let steps = states.flatMap { state in
    events.map { Step(from: state, event: $0, transition: next(state, $0)) }
  }

  @Test func everyEventHasAnAnswerInEveryState() {
    #expect(Self.steps.count == 5 * 4 * 2 * 2 * 15)
    #expect(Set(Self.events.map(\.word)).count == Self.events.count)
    for step in Self.steps {
      if case .refuse(let code) = step.transition { #expect(!code.isEmpty) }
    }
    for event in Self.events {
      #expect(Self.steps.contains { $0.event == event && !$0.isRefused }, "\(event) is possible nowhere")
    }
  }

  @Test func deletedIsFinal() {
    for step in Self.steps where step.from.lifecycle == .deleted {
      #expect(step.to == step.from && step.told == nil)
      #expect(step.isRefused == (step.event != .deleted))
    }
    for step in Self.steps where step.event == .deleted && step.from.lifecycle != .deleted {
      #expect(step.to == IntegrationState(lifecycle: .deleted) && step.told == .deleted)
    }
  }

  @Test func aFailedAttemptMovesNothing() {
    for step in Self.steps where step.from.lifecycle != .deleted {
      switch step.event {
      case .renewalFailed: #expect(step.transition == .tell(.renewalFailed))
      case .attemptFailed: #expect(step.transition == .tell(.connectFailed))
      default: break
      }
    }
  }

  @Test func onlyResumeAndDeleteLiftASuspension() {
    for step in Self.steps where step.from.isSuspended && step.from.lifecycle != .deleted {
      #expect(step.to.isSuspended == (step.event != .resumed && step.event != .deleted), "\(step)")
    }
    for step in Self.steps where !step.from.isSuspended {
      #expect(step.to.isSuspended == (step.event == .suspended && step.from.lifecycle != .deleted), "\(step)")
    }
  }

  @Test func suspensionForgetsNothing() {
    for state in Self.states where state.lifecycle != .deleted && !state.isSuspended {
      guard case .move(let suspended, .suspended) = next(state, .suspended),
        case .move(let resumed, .resumed) = next(suspended, .resumed)
      else {
        Issue.record("\(state) is not suspended and resumed")
        continue
      }
      #expect(resumed == state)
    }
  }

  @Test func needsReauthorizationIsLeftOnlyByANewGrantOrAnEnd() {
    for step in Self.steps where step.from.lifecycle == .needsReauthorization {
      let expected: Lifecycle =
        switch step.event {
        case .renewalCompleted: step.from.isSuspended ? .needsReauthorization : .ready
        case .credentialPut, .credentialRolledBack: .ready
        case .disconnected: .revoked
        case .deleted: .deleted
        default: .needsReauthorization
        }
      #expect(step.to.lifecycle == expected, "\(step)")
    }
  }

  @Test func onlyATerminalRefusalOfAReadyOneAsksForReauthorization() {
    for step in Self.steps where step.from.lifecycle != .needsReauthorization {
      let isBroken = step.to.lifecycle == .needsReauthorization
      #expect(isBroken == (step.from.lifecycle == .ready && step.event == .refreshFailedTerminally(reason: "g")))
      #expect((step.told == .needsReauthorization) == isBroken)
      if isBroken { #expect(step.to.reason == "g" && step.to.health == .ok) }
    }
  }

  @Test func revokedIsLeftOnlyByANewGrantOrDelete() {
    for step in Self.steps where step.from.lifecycle == .revoked {
      let leaves = [.credentialPut, .deleted].contains(step.event) || step.event == .renewalCompleted && !step.from.isSuspended
      #expect((step.to.lifecycle != .revoked) == leaves, "\(step)")
    }
  }

  @Test func nothingBecomesPendingAgain() {
    for step in Self.steps where step.to.lifecycle == .pending { #expect(step.from.lifecycle == .pending) }
  }

  @Test func refreshesTouchOnlyReadyOnes() {
    for step in Self.steps where step.from.lifecycle != .ready && step.from.lifecycle != .deleted {
      switch step.event {
      case .refreshSucceeded, .refreshFailedTransiently, .refreshFailedTerminally:
        #expect(step.transition == .stay, "\(step)")
      default: break
      }
    }
  }

  @Test func troubleIsToldOncePerEpisodeAndItsEndOnce() {
    for state in Self.states where state.lifecycle == .ready && state.health != .degraded {
      guard case .move(let degraded, .degraded) = next(state, .refreshFailedTransiently(reason: "t")) else {
        Issue.record("\(state) does not degrade")
        continue
      }
      #expect(degraded.health == .degraded && degraded.reason == "t" && degraded.lifecycle == .ready)
      #expect(next(degraded, .refreshFailedTransiently(reason: "other")) == .stay)
      guard case .move(let healed, .recovered) = next(degraded, .refreshSucceeded) else {
        Issue.record("\(degraded) does not recover")
        continue
      }
      #expect(healed.health == .ok && healed.reason == nil)
      #expect(next(healed, .refreshSucceeded) == .move(to: healed, emitting: nil))
      #expect(next(degraded, .credentialPut) == .move(to: healed, emitting: .recovered))
    }
  }

  @Test func renewalHealsWhateverIsNeitherSuspendedNorDeleted() {
    for state in Self.states where state.lifecycle != .deleted {
      let healed = IntegrationState(lifecycle: .ready)
      #expect(
        next(state, .renewalCompleted)
          == (state.isSuspended ? .refuse("suspended") : .move(to: healed, emitting: .renewed)))
    }
  }

  @Test func onlyAPendingOneIsConnected() {
    for step in Self.steps where step.event == .attemptCompleted && step.from.lifecycle != .deleted {
      #expect(step.isRefused == (step.from.lifecycle != .pending))
      if !step.isRefused { #expect(step.to.lifecycle == .ready && step.told == .ready) }
    }
  }

  @Test func disconnectingTwiceIsToldOnce() {
    for state in Self.states where state.lifecycle != .deleted && state.lifecycle != .revoked {
      guard case .move(let revoked, .revoked) = next(state, .disconnected) else {
        Issue.record("\(state) is not disconnected")
        continue
      }
      #expect(revoked.lifecycle == .revoked && revoked.reason == "disconnected")
      #expect(next(revoked, .disconnected) == .stay)
    }
  }
}
