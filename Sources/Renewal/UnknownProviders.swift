import Logging
import Storage
import Synchronization

/// The providers that this process's catalogue lacks, although connectors use them: each is told to the log once.
final class UnknownProviders: Sendable {
  private let told = Mutex<Set<String>>([])

  func note(_ connector: ConnectorRow, to log: Logger) {
    guard told.withLock({ $0.insert(connector.provider).inserted }) else { return }
    log.warning("no provider file here describes the provider of a connector; nothing of it is refreshed",
      metadata: ["provider": "\(connector.provider)", "connector": "\(connector.slug)"])
  }
}
