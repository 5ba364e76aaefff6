import Foundation
import Hummingbird
import Logging

/// An OAuth 2.0 provider in memory: to try a vault against, to test it, and to break it on purpose.
///
/// It imports nothing of the vault, so that the two cannot agree on the same mistake.
package struct SandboxServer: Sendable {
  private let options: SandboxOptions
  private let logger: Logger
  private let clock: @Sendable () -> Date

  /// - Parameters:
  ///   - logger: hears one line per request, without queries; by default nobody does.
  ///   - clock: what time it is; tests pass their own.
  package init(
    options: SandboxOptions, logger: Logger = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() },
    clock: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.options = options
    self.logger = logger
    self.clock = clock
  }

  /// Serves until the task is cancelled (or a signal comes, see ``SandboxOptions/stopsOnSignals``), then forgets all.
  ///
  /// - Parameter ready: called once the server listens, with its base URL: `http://127.0.0.1:PORT`, no trailing slash.
  /// - Throws: what binding the address throws. Cancellation is no error.
  package func run(ready: @escaping @Sendable (String) async -> Void) async throws {
    let application = application(serving: Provider(options: options, clock: clock), ready: ready)
    do {
      if options.stopsOnSignals {
        try await application.runService()
      } else {
        try await application.run()
      }
    } catch is CancellationError {
      return
    }
  }

  private func application(
    serving provider: Provider, ready: @escaping @Sendable (String) async -> Void
  ) -> some ApplicationProtocol {
    let options = options
    let spaces = Spaces(root: provider, options: options, clock: clock)
    let configuration = ApplicationConfiguration(address: .hostname(options.listen, port: options.port))
    return Application(
      responder: spaces, configuration: configuration,
      onServerRunning: { channel in
        let baseURL = options.baseURL(port: channel.localAddress?.port ?? options.port)
        provider.announce(baseURL: baseURL)
        await ready(baseURL)
      }, logger: logger)
  }
}
