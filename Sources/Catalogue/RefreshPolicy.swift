/// What a provider does to a refresh token when it is used. It decides what may be done about an attempt whose outcome
/// is unknown.
package enum RefreshClass: Sendable, Hashable, CustomStringConvertible {
  /// Does not rotate.
  case n
  /// Rotates; the old one stays usable.
  case s
  /// Rotates; the old one works for `seconds` more.
  case g(seconds: Int)
  /// Rotates, no grace. Assumed of unknown providers.
  case x

  /// The stable text form, as in files and rows: `N`, `S`, `G(30)`, `X`.
  package var description: String {
    switch self {
    case .n: "N"
    case .s: "S"
    case .g(let seconds): "G(\(seconds))"
    case .x: "X"
    }
  }

  package init?(_ text: String) {
    switch text {
    case "N": self = .n
    case "S": self = .s
    case "X": self = .x
    default:
      guard text.hasPrefix("G("), text.hasSuffix(")"), let seconds = Int(text.dropFirst(2).dropLast()),
        (1...86_400).contains(seconds), text == "G(\(seconds))"
      else { return nil }
      self = .g(seconds: seconds)
    }
  }
}

package struct RefreshPolicy: Sendable, Equatable {
  package let refreshClass: RefreshClass
  /// Seconds that an access token lives when the reply does not say.
  package let defaultLifetime: Int?
  /// Seconds without use after which the refresh token dies.
  package let idleLimit: Int?
  /// Seconds after which it dies whatever happens.
  package let absoluteLimit: Int?
  /// Requests per second that the provider allows a client; nil where nothing is known.
  package let rate: Double?
  /// Where to refresh, if not at the token endpoint.
  package let url: URLTemplate?

  package static let unknown = RefreshPolicy(
    refreshClass: .x, defaultLifetime: nil, idleLimit: nil, absoluteLimit: nil, rate: nil, url: nil)
}
