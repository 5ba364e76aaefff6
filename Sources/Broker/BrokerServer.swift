import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Renewal
import Reseal
import ServiceLifecycle

/// Where and how the server listens.
package struct BrokerOptions: Sendable {
  package var host: String
  package var port: Int
  /// Whether the scheduler runs inside; off where only cron refreshes.
  package var schedules = true

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

/// The HTTP server: parses, calls one verb, prints. It has no keys.
package struct BrokerServer: Sendable {
  private let assembly: Assembly
  private let options: BrokerOptions

  package init(assembly: Assembly, options: BrokerOptions) {
    self.assembly = assembly
    self.options = options
  }

  /// Serves until SIGTERM or SIGINT, then finishes what is in flight.
  /// - Parameter ready: called with the base URL once the server listens; it becomes the public URL where none is
  ///   configured.
  package func run(ready: @escaping @Sendable (String) async -> Void) async throws {
    let (assembly, options) = (assembly, options)
    var application = Application(
      router: Self.router(assembly), server: ConnectionLimit.http1,
      configuration: ApplicationConfiguration(
        address: .hostname(options.host, port: options.port), serverName: "reseal",
        availableConnectionsDelegate: ConnectionLimit.connections(assembly.log)),
      onServerRunning: { channel in
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        let base = "http://\(host):\(channel.localAddress?.port ?? options.port)"
        if assembly.address.url == nil { assembly.address.become(base) }
        await ready(base)
      }, logger: assembly.log)
    if options.schedules { application.addServices(Background { await assembly.scheduler().run() }) }
    application.addServices(Background { await Sweeping(attempts: assembly.attempts, log: assembly.log).run() })
    application.addServices(Background { await assembly.revocations.runAlways() })
    application.addServices(Background { await assembly.janitor.runHourly() })
    do {
      try await application.runService()
    } catch {
      await assembly.shutdown()
      throw error
    }
    await assembly.shutdown()
  }

  private static func router(_ assembly: Assembly) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    router.add(middleware: HTTPMetrics())
    router.add(middleware: RequestLog())
    router.add(middleware: ErrorReplies(log: assembly.log))
    let access = Access(keys: assembly.accessKeys)
    OperationRoutes(assembly: assembly).add(to: router)
    MetricsRoutes(assembly: assembly, access: access).add(to: router)
    CredentialRoutes(assembly: assembly, access: access).add(to: router)
    IntegrationRoutes(assembly: assembly, access: access).add(to: router)
    RefreshRoutes(assembly: assembly, access: access).add(to: router)
    EventRoutes(assembly: assembly, access: access).add(to: router)
    SessionRoutes(assembly: assembly, access: access).add(to: router)
    ConnectRoutes(assembly: assembly).add(to: router)
    StreamRoutes(assembly: assembly).add(to: router)
    PageRoutes(assembly: assembly).add(to: router)
    return router
  }
}

/// Work beside the server, ended with it.
private struct Background: Service {
  let work: @Sendable () async -> Void

  func run() async throws { await cancelWhenGracefulShutdown { await work() } }
}

/// Ends attempts whose time is over.
private struct Sweeping: Sendable {
  let attempts: Attempts
  let log: Logger

  func run() async {
    while !Task.isCancelled {
      do { _ = try await attempts.sweep() } catch { log.error("attempts were not swept", metadata: ["error": "\(error)"]) }
      do { try await Task.sleep(for: .seconds(5)) } catch { return }
    }
  }
}

/// One line per request: the route's template, never the URI, which carries codes, states and secrets.
private struct RequestLog: RouterMiddleware {
  func handle(
    _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
  ) async throws -> Response {
    let response = try await next(request, context)
    context.logger.debug(
      "request",
      metadata: [
        "method": "\(request.method.rawValue)", "route": "\(context.endpointPath ?? "none")",
        "status": "\(response.status.code)",
      ])
    return response
  }
}
