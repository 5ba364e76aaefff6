internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Raised by our own check on a fresh connection, before the request is written to it.
struct PrivateAddressError: Error {}

/// Raised in the place of the body's first byte.
struct WithdrawnError: Error {}

/// Raised while a reply streams in.
struct BodyLimitError: Error {}

extension ExchangeFailure {
  /// What an error of the HTTP client means.
  ///
  /// Two facts must agree before anything is called `notSent`: nobody asked for the body yet (`bodyTaken`), and the
  /// error is on the list of those that only a connection in the making raises. The second alone would not do: a TLS
  /// alert may arrive after the request (TLS 1.3 lets the client speak first). What is on no list is uncertain.
  init(_ error: any Error, bodyTaken: Bool) {
    if !bodyTaken, let reason = Self.connectPhase(error) {
      self = .notSent(reason)
    } else {
      self = .uncertain(Self.later(error))
    }
  }

  private static func connectPhase(_ error: any Error) -> NotSent? {
    switch error {
    case is PrivateAddressError: .privateAddress
    case is WithdrawnError: .withdrawn
    case let error as HTTPClientError: connectPhase(error)
    case let error as NIOConnectionError: connectPhase(error)
    case let error as IOError: connectPhase(errno: error.errnoCode)
    case let error as ChannelError: connectPhase(error)
    case is SocketAddressError, is SocketAddressError.UnknownHost: .nameResolution
    default: isTLS(error) ? .tls : nil
    }
  }

  private static func connectPhase(_ error: HTTPClientError) -> NotSent? {
    switch error {
    case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath: .invalidURL
    case .connectTimeout, .getConnectionFromPoolTimeout: .connectTimeout
    case .tlsHandshakeTimeout: .tls
    case .alreadyShutdown: .closed
    default: connectPhase(word: error.shortDescription)
    }
  }

  /// The cases that carry a value cannot be matched by pattern.
  private static func connectPhase(word: String) -> NotSent? {
    switch word {
    case "Unsupported scheme": .invalidURL
    case "Invalid header field names", "Invalid header field values": .invalidRequest
    case "Server offered unsupported application protocol": .tls
    default: nil
    }
  }

  private static func connectPhase(_ error: ChannelError) -> NotSent? {
    if case .connectTimeout = error { .connectTimeout } else { nil }
  }

  /// Every address of a name failed, or there was none. The last attempt speaks for all.
  private static func connectPhase(_ error: NIOConnectionError) -> NotSent {
    guard let last = error.connectionErrors.last?.error else { return .nameResolution }
    return connectPhase(last) ?? .unreachable
  }

  /// connect(2). `ECONNRESET` is missing on purpose: a reset also ends connections that were in use.
  private static func connectPhase(errno: CInt) -> NotSent? {
    switch errno {
    case ECONNREFUSED: .refused
    case ETIMEDOUT: .connectTimeout
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL, EACCES, EPERM, EMFILE, ENFILE: .unreachable
    default: nil
    }
  }

  private static func later(_ error: any Error) -> Uncertain {
    switch error {
    case is BodyLimitError: .bodyTooLarge
    case is HTTPParserError: .malformedReply
    case is CancellationError: .timedOut
    case let error as HTTPClientError: later(error)
    case is IOError, is ChannelError: .connectionLost
    default: isTLS(error) ? .connectionLost : .unrecognised
    }
  }

  private static func later(_ error: HTTPClientError) -> Uncertain {
    switch error {
    case .deadlineExceeded, .cancelled, .readTimeout, .writeTimeout: .timedOut
    case .remoteConnectionClosed, .uncleanShutdown, .requestStreamCancelled: .connectionLost
    default: .unrecognised
    }
  }

  /// NIOSSL's error types by their module: the package is not a dependency of ours, only of the client's.
  private static func isTLS(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
  }
}
