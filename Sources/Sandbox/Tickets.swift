/// Makes codes and tokens: 256 bits each, with a prefix that says in a log or a diff what leaked there. From the system's
/// randomness, or from a seed, in which case every run makes the same ones.
struct Tickets: Sendable {
  private var seeded: SplitMix?

  init(seed: UInt64?) { seeded = seed.map(SplitMix.init) }

  mutating func code() -> String { "sandbox_code_" + random() }
  mutating func accessToken() -> String { "sandbox_access_" + random() }
  mutating func refreshToken() -> String { "sandbox_refresh_" + random() }

  private mutating func random() -> String {
    var system = SystemRandomNumberGenerator()
    let words = (0..<4).map { _ in seeded?.next() ?? system.next() }
    return Base64URL.encode(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014). Predictable, which is the point.
private struct SplitMix: Sendable {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
