/// What a provider makes of the use of a refresh token.
public enum Rotation: Sendable, Equatable {
  /// Gives the same refresh token again.
  case never
  /// Gives a new one; every old one goes on working.
  case lenient
  /// Gives a new one; the one before works for so many milliseconds more. Any other old one is theft.
  case grace(Int64)
  /// Gives a new one; any old one is theft.
  case strict
}

/// One customer's grant: a chain of refresh tokens, of which the provider remembers everything. Tokens are
/// `rt-FAMILY-NUMBER` and `at-FAMILY-NUMBER`.
public struct Family: Sendable {
  /// The number of the newest refresh token.
  public private(set) var newest = 0
  /// Refresh tokens accepted, and how many of those uses had been accepted before.
  public private(set) var accepted = 0
  public private(set) var resent = 0
  public private(set) var isRevoked = false
  /// When the newest was given out, milliseconds.
  private var rotatedAt: Int64 = .min
  private var accessTokens = 0
  private var expiresAt: [Int: Int64] = [:]

  public init() {}

  /// Whether a use of this token would be accepted now.
  public func accepts(_ number: Int, _ rotation: Rotation, at now: Int64) -> Bool {
    guard !isRevoked, (0...newest).contains(number) else { return false }
    if number == newest { return true }
    return switch rotation {
    case .never, .strict: false
    case .lenient: true
    case .grace(let time): number == newest - 1 && now < rotatedAt + time
    }
  }

  public func accessTokenLives(_ number: Int, at now: Int64) -> Bool {
    !isRevoked && (expiresAt[number].map { now < $0 } ?? false)
  }

  /// - Returns: the numbers of the tokens that it brings; `nil` for a refusal, which costs the family where the token
  ///   had been used before.
  mutating func use(_ number: Int, _ rotation: Rotation, lifetime: Int64, at now: Int64) -> (refresh: Int, access: Int)? {
    if number < newest { resent += 1 }
    guard accepts(number, rotation, at: now) else {
      if number < newest { isRevoked = true }
      return nil
    }
    accepted += 1
    if rotation != .never, number == newest {
      newest += 1
      rotatedAt = now
    }
    return (newest, issueAccess(lifetime: lifetime, at: now))
  }

  /// A first access token, as a first connect would bring it.
  mutating func issueAccess(lifetime: Int64, at now: Int64) -> Int {
    accessTokens += 1
    expiresAt[accessTokens - 2] = nil
    expiresAt[accessTokens] = now + lifetime
    return accessTokens
  }
}
