import Storage

extension EventType {
  /// The name under which the same event is known to code that was written for Munity; `nil` for our own events.
  package var munityName: String? {
    switch self {
    case .ready: "integration_installed"
    case .importDone: "integration_import_done"
    case .needsReauthorization: "integration_cannot_refresh_oauth_token"
    case .renewed: "integration_oauth_token_fixed"
    default: nil
    }
  }
}
