import Renewal
import Storage
import Testing

struct DeadlineNoticeTests {
  static let end = Instant(milliseconds: 1_760_000_000_000)

  private func day(_ days: Double) -> Instant { Self.end - .milliseconds(Int64(days * 86_400_000)) }

  @Test(arguments: [
    (90, [30, 7, 1, 0]), (31, [30, 7, 1, 0]), (30, [7, 1, 0]), (8, [7, 1, 0]), (7.5, [1, 0]), (2, [1, 0]), (1, [0]),
    (0.1, [0]),
  ] as [(Double, [Double])])
  func eachOnceAndOnlyThoseThatTheLifeHas(_ life: Double, _ expected: [Double]) {
    var (told, moments): (Int64?, [Instant]) = (nil, [])
    while let at = DeadlineNotice.next(before: Self.end, began: day(life), told: told) {
      #expect(DeadlineNotice.due(before: Self.end, began: day(life), told: told, now: at - .milliseconds(1)) == nil)
      told = DeadlineNotice.due(before: Self.end, began: day(life), told: told, now: at)
      moments.append(at)
      guard told != nil, moments.count < 9 else { break }
    }
    #expect(moments == expected.map(day))
  }

  @Test(arguments: [(31, nil), (30, 30), (20, 30), (7, 7), (6.9, 7), (0.5, 1), (0, 0), (-3, 0)] as [(Double, Int64?)])
  func afterAPauseTheNearestIsTold(_ left: Double, _ days: Int64?) {
    #expect(DeadlineNotice.due(before: Self.end, began: day(90), told: nil, now: day(left)) == days)
  }

  @Test func whatWasToldIsNotToldAgain() {
    #expect(DeadlineNotice.due(before: Self.end, began: day(90), told: 30, now: day(20)) == nil)
    #expect(DeadlineNotice.due(before: Self.end, began: day(90), told: 0, now: day(-9)) == nil)
    #expect(DeadlineNotice.next(before: Self.end, began: day(90), told: 0) == nil)
  }
}
