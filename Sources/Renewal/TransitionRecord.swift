import Custody
import Foundation
import Storage

extension IntegrationRow {
  package var state: IntegrationState {
    IntegrationState(
      lifecycle: lifecycle, health: health, isSuspended: suspendedAt != nil, reason: reasonCode)
  }
}

extension CustodyChange {
  /// Lets `event` happen to `integration`: row, history and outbox event, in this transaction.
  ///
  /// An event that is only told leaves the row as it is, to the byte.
  /// - Throws: `CustodyError.refused` where the event must not happen in this state.
  package func apply(
    _ event: IntegrationEvent, to integration: inout IntegrationRow, attempt: UUID? = nil,
    payload: [String: String] = [:]
  ) throws {
    let transition = next(integration.state, event, deadlineIsNear: try deadlineIsNear(integration))
    switch transition {
    case .stay: try update(integration)
    case .refuse(let code): throw CustodyError.refused("the integration is \(code.replacing("_", with: " "))")
    case .tell(let type): try emit(type, integration, attempt: attempt, payload: payload)
    case .move(let state, let type):
      let before = integration.state
      integration.adopt(state, at: now)
      try update(integration)
      let sequence = try nextEventSequence(integration.integration)
      try append(record(of: event, from: before, to: integration, sequence: sequence))
      if let type { try emit(type, integration, attempt: attempt, payload: payload, sequence: sequence) }
    }
  }

  private func record(
    of event: IntegrationEvent, from before: IntegrationState, to after: IntegrationRow, sequence: Int64
  ) -> TransitionRow {
    TransitionRow(
      integration: after.integration, sequence: sequence, at: now, event: event.word,
      fromState: PublishedState(before).word, toState: PublishedState(after.state).word,
      reasonCode: after.reasonCode, grantNumber: after.grantNumber, version: after.currentVersion)
  }

  private func emit(
    _ type: EventType, _ integration: IntegrationRow, attempt: UUID?, payload: [String: String],
    sequence: Int64? = nil
  ) throws {
    let sequence = try sequence ?? nextEventSequence(integration.integration)
    var payload = payload
    payload["state"] = PublishedState(integration.state).word
    if let reason = integration.reasonCode { payload["reason_code"] = reason }
    // What the page gave along for its backend: `state` of `connect()` or of the secret.
    if let attempt { payload["client_state"] = try row(AttemptRow.self, .uuid(attempt))?.clientState }
    try append(
      EventRow(
        workspace: integration.workspace, integration: integration.integration,
        integrationSequence: sequence, customer: integration.customer, attempt: attempt,
        type: type, payload: CanonicalJSON.text(payload), createdAt: now))
  }
}

extension IntegrationRow {
  fileprivate mutating func adopt(_ state: IntegrationState, at now: Instant) {
    if state != self.state { since = now }
    if state.isSuspended != (suspendedAt != nil) { suspendedAt = state.isSuspended ? now : nil }
    (lifecycle, health, reasonCode) = (state.lifecycle, state.health, state.reason)
  }
}
