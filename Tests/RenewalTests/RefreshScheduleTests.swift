import Renewal
import Storage
import Testing

struct RefreshScheduleTests {
  static let now = Instant(milliseconds: 1_000_000)

  @Test(arguments: [
    (20, 10), (60, 30), (120, 60), (300, 60), (305, 61), (3600, 720), (86_400, 17_280),
  ])
  func leadIsAFifthOfLifeButNotTooShort(_ lifetime: Int, _ lead: Int) {
    #expect(RefreshSchedule.lead(.seconds(lifetime)) == .seconds(lead))
  }

  @Test(arguments: [20, 60, 300, 3600, 86_400])
  func jitterIsUpToATenthOfLife(_ lifetime: Int) throws {
    let life = Duration.seconds(lifetime)
    let expiry = Self.now + life
    let latest = try #require(RefreshSchedule.refreshAt(expiresAt: expiry, lifetime: life, chance: 0))
    let earliest = try #require(RefreshSchedule.refreshAt(expiresAt: expiry, lifetime: life, chance: 1))
    #expect(latest == expiry - RefreshSchedule.lead(life))
    #expect(latest - earliest == life / 10)
    #expect(earliest > Self.now && latest < expiry)
  }

  @Test func shortOrEndlessTokensAreRefreshedOnDemandOnly() {
    func refreshAt(_ lifetime: Duration?) -> Instant? {
      RefreshSchedule.refreshAt(expiresAt: lifetime.map { Self.now + $0 }, lifetime: lifetime, chance: 0.5)
    }
    #expect(refreshAt(nil) == nil)
    #expect(refreshAt(.seconds(1)) == nil)
    #expect(refreshAt(.milliseconds(19_999)) == nil)
    #expect(refreshAt(.seconds(20)) != nil)
    #expect(RefreshSchedule.refreshAt(expiresAt: Self.now, lifetime: nil, chance: 0.5) == nil)
  }

  @Test func backOffGrowsToTenMinutesAndIsNeverNothing() {
    var before = Duration.zero
    for failures in Int64(1)...40 {
      let longest = RefreshSchedule.backOff(failures: failures, retryAfter: nil, chance: 1)
      #expect(longest >= before && longest <= .seconds(600))
      #expect(RefreshSchedule.backOff(failures: failures, retryAfter: nil, chance: 0) == .seconds(1))
      before = longest
    }
    #expect(before == .seconds(600))
    #expect(RefreshSchedule.backOff(failures: .max, retryAfter: nil, chance: 1) == .seconds(600))
    #expect(RefreshSchedule.backOff(failures: 2, retryAfter: nil, chance: 1) == .seconds(8))
  }

  @Test func retryAfterIsAFloor() {
    #expect(RefreshSchedule.backOff(failures: 1, retryAfter: .seconds(30), chance: 0) == .seconds(30))
    #expect(RefreshSchedule.backOff(failures: 20, retryAfter: .seconds(30), chance: 1) == .seconds(600))
    #expect(RefreshSchedule.backOff(failures: 1, retryAfter: .seconds(3600), chance: 1) == .seconds(3600))
  }

  @Test func aCallerMayAskForHalfALife() {
    #expect(RefreshSchedule.cappedValidity(.seconds(60), lifetime: .seconds(3600)) == .seconds(60))
    #expect(RefreshSchedule.cappedValidity(.seconds(3000), lifetime: .seconds(3600)) == .seconds(1800))
    #expect(RefreshSchedule.cappedValidity(.seconds(3000), lifetime: nil) == .seconds(3000))
  }
}
