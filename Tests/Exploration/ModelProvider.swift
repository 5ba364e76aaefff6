import Catalogue
import Storage

/// A provider's side of one customer's grants: which refresh tokens it takes, and what a second use of one does.
struct ModelProvider: Hashable {
  struct Family: Hashable {
    var newest: Int
    /// Tokens that were replaced, and when first.
    var replaced: [Int: Instant] = [:]
    var isDead = false
  }

  enum Reply: Hashable { case token(Int), refused, unavailable }

  let refreshClass: RefreshClass
  var families: [Family] = []
  var tokens = 0
  /// The first use of a token that had been replaced and had no grace any more.
  var reusedAt: Instant?
  var reuses = 0

  init(_ refreshClass: RefreshClass) { self.refreshClass = refreshClass }

  /// The customer consents: a grant of its own.
  mutating func consent() -> Int {
    tokens += 1
    families.append(Family(newest: tokens))
    return tokens
  }

  func family(of token: Int) -> Int {
    families.firstIndex { $0.newest == token || $0.replaced[token] != nil } ?? -1
  }

  /// Whether a use of the token would be answered with a new access token.
  func takes(_ token: Int, at now: Instant) -> Bool {
    let family = families[family(of: token)]
    guard !family.isDead else { return false }
    guard let replacedAt = family.replaced[token] else { return true }
    return switch refreshClass {
    case .n, .s: true
    case .g(let seconds): now < replacedAt + .seconds(seconds)
    case .x: false
    }
  }

  mutating func use(_ token: Int, at now: Instant) -> Reply {
    let index = family(of: token)
    guard takes(token, at: now) else {
      if !families[index].isDead {
        (reusedAt, reuses) = (reusedAt ?? now, reuses + 1)
        families[index].isDead = true
      }
      return .refused
    }
    if refreshClass == .n { return .token(token) }
    tokens += 1
    let newest = families[index].newest
    families[index].replaced[newest] = families[index].replaced[newest] ?? now
    families[index].newest = tokens
    return .token(tokens)
  }
}
