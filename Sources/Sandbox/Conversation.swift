import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One request's context. It keeps the channel, because one switch hangs up on the client.
struct Conversation: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// Closes the connection without a byte of an answer: the client reads "empty reply".
  ///
  /// - Throws: always, for there is nothing left to return.
  func hangUp() async throws -> Never {
    try? await channel.close()
    throw HungUp()
  }
}

extension Conversation {
  /// Ends the connection with a TCP reset: the client reads "connection reset by peer".
  ///
  /// - Throws: always, for there is nothing left to return.
  func reset() async throws -> Never {
    if let socket = channel as? any SocketOptionProvider {
      try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    try await hangUp()
  }
}

/// Thrown after the connection was closed. The server's attempt to answer it finds a closed channel.
struct HungUp: Error {}

/// Logs method, path and status. Never the query, which carries codes and states.
struct RequestLog: RouterMiddleware {
  func handle(
    _ request: Request, context: Conversation, next: (Request, Conversation) async throws -> Response
  ) async throws -> Response {
    let line = "\(request.method.rawValue) \(request.uri.path)"
    do {
      let response = try await next(request, context)
      context.logger.info("\(line) \(response.status.code)")
      return response
    } catch is HungUp {
      context.logger.info("\(line) hung up")
      throw HungUp()
    }
  }
}
