internal import AsyncHTTPClient
package import Logging
internal import NIOCore
internal import NIOPosix
internal import Sealing

/// The one way out: at most one request, on one fresh HTTP/1.1 connection, with a limit on everything.
///
/// No retry, no redirect, no reuse of a connection: a token request that is sent twice may revoke the grant that it
/// renews (RFC 9700 §4.14.2), and a connection that was idle may be closed already, which looks just like a reply that
/// was lost. AsyncHTTPClient's settings that this rests on are all in `configuration`.
package final class HTTPExchange: Sendable {
  private let client: HTTPClient
  private let allowPrivateAddresses: Bool
  private let logger: Logger

  /// `allowPrivateAddresses` is for development and for providers inside one's own network. It also permits plain
  /// HTTP, to this machine only.
  package convenience init(allowPrivateAddresses: Bool, logger: Logger) {
    self.init(allowSpelledOut: allowPrivateAddresses, allowConnected: allowPrivateAddresses, logger: logger)
  }

  /// The two checks apart, so that a test can see the second one work; the connect timeout, so that a test need not wait
  /// for it, or can see that nobody did.
  init(allowSpelledOut: Bool, allowConnected: Bool, connectTimeout: Duration = .seconds(2), logger: Logger) {
    allowPrivateAddresses = allowSpelledOut
    self.logger = logger
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(allowConnected, connectTimeout))
  }

  /// Sends `request` and returns the whole reply, whatever its status.
  ///
  /// Once begun it runs to its end or its deadline, even if the calling task is cancelled: giving up between a
  /// provider's rotation of a token and our reading of it would lose the token.
  package func send(_ request: consuming ExchangeRequest) async throws(ExchangeFailure) -> ExchangeReply {
    let destination = try Destination(request.url, allowPrivateAddresses: allowPrivateAddresses)
    let started = ContinuousClock.now
    let transfer = Transfer(request)
    let work = Task { [client] in await transfer.run(on: client) }
    let deadline = RunningDeadline { work.cancel() }.run(transfer.deadline, on: client.eventLoopGroup.any())
    await work.value
    deadline.cancel()
    let took = started.duration(to: .now)
    do {
      let reply = try transfer.takeResult()
      logger.debug(
        "exchange", metadata: ["host": "\(destination.host)", "status": "\(reply.status)", "took": "\(took)"])
      return reply
    } catch {
      logger.info(
        "exchange failed", metadata: ["host": "\(destination.host)", "code": "\(error.code)", "took": "\(took)"])
      throw error
    }
  }

  /// Must be called once, before the last reference is dropped. Requests under way fail as uncertain.
  package func shutdown() async {
    do { try await client.shutdown() } catch { logger.warning("the HTTP client did not shut down cleanly") }
  }

  private static func configuration(_ allowPrivateAddresses: Bool, _ connectTimeout: Duration) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .nanoseconds(connectTimeout.components.seconds * 1_000_000_000)),
      decompression: .enabled(limit: .size(1 << 20)))
    configuration.httpVersion = .http1Only
    configuration.maximumUsesPerConnection = 1
    // A connection whose request was cancelled must not wait for another request.
    configuration.connectionPool.idleTimeout = .milliseconds(1)
    configuration.connectionPool.retryConnectionEstablishment = false
    // The callers bound their own concurrency; queueing here would look like a connect timeout.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
    if !allowPrivateAddresses { configuration.http1_1ConnectionDebugInitializer = Self.refusePrivateAddress }
    return configuration
  }

  /// Runs on each connection before a request is written to it; there is no second look-up to disagree with. With
  /// https the handshake is over by then: its bytes have left, but none of a request's.
  private static let refusePrivateAddress: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
    guard AddressRange.isPrivate(channel.remoteAddress) else { return channel.eventLoop.makeSucceededVoidFuture() }
    channel.close(promise: nil)
    return channel.eventLoop.makeFailedFuture(PrivateAddressError())
  }
}
