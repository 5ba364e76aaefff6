import Synchronization

/// An OAuth provider as far as refreshing goes: all families, and the truth about them.
///
/// It imports nothing of Reseal's, so that it cannot share its mistakes.
public final class Provider: Sendable {
  public let rotation: Rotation
  /// Of access tokens, milliseconds.
  public let lifetime: Int64
  let now: @Sendable () -> Int64
  private let families = Mutex<[Family]>([])

  public init(_ rotation: Rotation, lifetime: Int64, now: @escaping @Sendable () -> Int64) {
    self.rotation = rotation
    self.lifetime = lifetime
    self.now = now
  }

  /// Another customer.
  /// - Returns: the family's number, and the number of its access token; the refresh token's is 0.
  public func grant() -> (family: Int, access: Int) {
    families.withLock { families in
      families.append(Family())
      let access = families[families.count - 1].issueAccess(lifetime: lifetime, at: now())
      return (families.count - 1, access)
    }
  }

  public func family(_ number: Int) -> Family? {
    families.withLock { $0.indices.contains(number) ? $0[number] : nil }
  }

  public var all: [Family] { families.withLock { $0 } }

  /// - Returns: a JSON document with tokens, or `nil` for a refusal.
  func refresh(_ token: Token) -> String? {
    let (rotation, lifetime, now) = (rotation, lifetime, now())
    let brought = families.withLock { families in
      families.indices.contains(token.family)
        ? families[token.family].use(token.number, rotation, lifetime: lifetime, at: now) : nil
    }
    guard let brought else { return nil }
    let access = Token(family: token.family, number: brought.access)
    let refresh = Token(family: token.family, number: brought.refresh)
    return """
      {"access_token":"\(access.text("at"))","token_type":"Bearer","expires_in":\(lifetime / 1000),\
      "refresh_token":"\(refresh.text("rt"))"}
      """
  }
}

/// `rt-FAMILY-NUMBER`
public struct Token: Sendable, Equatable {
  public let family: Int
  public let number: Int

  public init(family: Int, number: Int) { (self.family, self.number) = (family, number) }

  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-")
    guard parts.count == 3, let family = Int(parts[1]), let number = Int(parts[2]) else { return nil }
    self.init(family: family, number: number)
  }

  public func text(_ kind: String) -> String { "\(kind)-\(family)-\(number)" }
}
