import Catalogue
import Renewal
import Storage
import Testing

struct UncertainResolutionTests {
  static let expiry = Instant(milliseconds: 10_000_000)
  /// From the beginning of time.
  static let life = Duration.seconds(10_000)
  /// Thirty seconds before the end of a long life.
  static let nearEnd = expiry - .seconds(30)
  static let classes: [RefreshClass] = [.n, .s, .g(seconds: 30), .x]

  private func decide(
    _ refreshClass: RefreshClass, count: Int, now: Instant, sentAt: Instant = Instant(milliseconds: 0),
    expiresAt: Instant? = expiry, lifetime: Duration? = life
  ) -> UncertainResolution {
    .decide(
      refreshClass, uses: Array(repeating: sentAt, count: count), expiresAt: expiresAt, lifetime: lifetime, now: now)
  }

  @Test(arguments: classes) func anUnusedTokenIsSent(_ refreshClass: RefreshClass) {
    for now in [Instant(milliseconds: 0), Self.nearEnd, Self.expiry, Self.expiry + .seconds(99)] {
      #expect(decide(refreshClass, count: 0, now: now) == .send)
    }
  }

  @Test(arguments: [RefreshClass.n, .s]) func whereTheOldTokenStaysGoodItIsAlwaysRetried(_ refreshClass: RefreshClass) {
    for count in 1...5 {
      for now in [Instant(milliseconds: 0), Self.nearEnd, Self.expiry + .seconds(99)] {
        #expect(decide(refreshClass, count: count, now: now) == .send)
      }
    }
  }

  /// It was obtained by a clock that was two days ahead and has come back: nobody knows when it ends.
  @Test func theEndOfATokenOfTheFutureIsNotWaitedFor() {
    let ahead = Self.expiry + .seconds(48 * 3600)
    for count in 1...3 {
      #expect(decide(.x, count: count, now: Self.nearEnd, expiresAt: ahead) == .send)
      #expect(decide(.g(seconds: 30), count: count, now: Self.nearEnd, expiresAt: ahead) == .send)
    }
    let slewed = Self.nearEnd + Self.life + .seconds(30)
    #expect(decide(.x, count: 1, now: Self.nearEnd, expiresAt: slewed) == .wait(until: slewed - .seconds(30)))
  }

  @Test func withoutGraceItIsRetriedOnceNearTheEnd() {
    let before = Self.nearEnd - .milliseconds(1)
    #expect(decide(.x, count: 1, now: Instant(milliseconds: 0)) == .wait(until: Self.nearEnd))
    #expect(decide(.x, count: 1, now: before) == .wait(until: Self.nearEnd))
    #expect(decide(.x, count: 1, now: Self.nearEnd) == .send)
    #expect(decide(.x, count: 1, now: Self.expiry + .seconds(1)) == .send)
    // Nothing is lost any more once the access token has run out.
    for count in 2...4 {
      for now in [Instant(milliseconds: 0), before, Self.nearEnd] {
        #expect(decide(.x, count: count, now: now) == .wait(until: Self.expiry))
      }
      #expect(decide(.x, count: count, now: Self.expiry) == .send)
    }
  }

  @Test func graceIsUsedWhileItLasts() {
    let sent = Instant(milliseconds: 1_000_000)
    let g = RefreshClass.g(seconds: 30)
    for count in 1...4 {
      #expect(decide(g, count: count, now: sent + .seconds(29), sentAt: sent) == .send)
    }
    #expect(decide(g, count: 1, now: sent + .seconds(30), sentAt: sent) == .wait(until: Self.nearEnd))
    #expect(decide(g, count: 1, now: Self.nearEnd, sentAt: sent) == .send)
    // What was sent within the grace is not the one retry.
    #expect(decide(g, count: 2, now: sent + .seconds(30), sentAt: sent) == .wait(until: Self.nearEnd))
    #expect(decide(g, count: 2, now: Self.nearEnd, sentAt: sent) == .send)
    let late = UncertainResolution.decide(
      g, uses: [sent, sent + .seconds(5), Self.nearEnd], expiresAt: Self.expiry, lifetime: Self.life,
      now: Self.expiry - .seconds(1))
    #expect(late == .wait(until: Self.expiry))
    // A clock that went back opens no grace.
    #expect(decide(g, count: 1, now: sent - .seconds(1), sentAt: sent) == .wait(until: Self.nearEnd))
  }

  @Test func theEndIsNearATenthOfAShortLifeBefore() {
    let late = Self.expiry - .seconds(6)
    #expect(decide(.x, count: 1, now: late - .milliseconds(1), lifetime: .seconds(60)) == .wait(until: late))
    #expect(decide(.x, count: 1, now: late, lifetime: .seconds(60)) == .send)
  }

  @Test func withoutAnEndThereIsNothingToWaitFor() {
    #expect(decide(.x, count: 1, now: Instant(milliseconds: 0), expiresAt: nil) == .send)
    let day = Instant(milliseconds: 86_400_000)
    #expect(decide(.x, count: 2, now: Instant(milliseconds: 0), expiresAt: nil) == .wait(until: day))
    #expect(decide(.x, count: 2, now: day, expiresAt: nil) == .send)
  }
}
