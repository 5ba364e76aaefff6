/// Everything that can happen to an integration. Reasons are codes of ours, never a provider's text.
package enum IntegrationEvent: Sendable, Equatable {
  case attemptOpened
  case attemptCompleted
  case attemptFailed(reason: String)
  case importDone
  case refreshSucceeded
  case refreshFailedTransiently(reason: String)
  case refreshFailedTerminally(reason: String)
  /// The grant ends soon, whatever we do; told at most three times.
  case deadlineNear
  case renewalCompleted
  case renewalFailed(reason: String)
  case credentialPut
  case credentialRolledBack
  case disconnected
  case suspended
  case resumed
  case deleted

  /// The word in the history.
  package var word: String {
    switch self {
    case .attemptOpened: "attempt_opened"
    case .attemptCompleted: "attempt_completed"
    case .attemptFailed: "attempt_failed"
    case .importDone: "import_done"
    case .refreshSucceeded: "refresh_succeeded"
    case .refreshFailedTransiently: "refresh_failed_transiently"
    case .refreshFailedTerminally: "refresh_failed_terminally"
    case .deadlineNear: "deadline_near"
    case .renewalCompleted: "renewal_completed"
    case .renewalFailed: "renewal_failed"
    case .credentialPut: "credential_put"
    case .credentialRolledBack: "credential_rolled_back"
    case .disconnected: "disconnected"
    case .suspended: "suspended"
    case .resumed: "resumed"
    case .deleted: "deleted"
    }
  }
}
