/// What a provider answers to a revocation.
package enum RevocationReply: Sendable, Equatable {
  /// The token is gone, or was never there: any 2xx (RFC 7009 §2.2).
  case accepted
  /// It does not take this token: unsupported, or not one of its own (any more).
  case refused(status: Int)
  /// Not now, or not from this client as it is configured.
  case unavailable(status: Int)

  init(status: Int) {
    switch status {
    case 200..<300: self = .accepted
    case 400, 404, 405, 410, 501: self = .refused(status: status)
    default: self = .unavailable(status: status)
    }
  }
}
