import Storage
import Testing

@testable import Renewal

struct TokenBucketTests {
  private func at(_ milliseconds: Int64) -> BootInstant { BootInstant(boot: "b", milliseconds: milliseconds) }

  /// When requests go out that wait as they are told, in milliseconds.
  private func instants(rate: Double, patience: Duration, count: Int) -> [Int64] {
    let bucket = TokenBucket(rate: rate)
    var (now, used, sent): (Int64, Int64, [Int64]) = (1000, 0, [])
    while sent.count < count {
      switch bucket.charge(usedUntil: used, at: at(now), patience: patience) {
      case .charged(let usedUntil, let after):
        #expect(after <= patience + .milliseconds(1))
        used = usedUntil
        sent.append(now + after.milliseconds)
      case .wait(let delay):
        #expect(delay > .zero)
        now += delay.milliseconds
      }
    }
    return sent
  }

  @Test(arguments: [0.5, 1, 7, 50, 1000], [Duration.zero, .milliseconds(200), .seconds(2)])
  func neverExceedsItsRate(rate: Double, patience: Duration) {
    let sent = instants(rate: rate, patience: patience, count: 2000)
    #expect(sent == sent.sorted())
    let most = sent.indices.map { first in sent[first...].prefix { $0 < sent[first] + 1000 }.count }.max() ?? 0
    #expect(Double(most) <= max(1, rate * 1.1).rounded(.up))
    let seconds = Double(sent.last! - sent.first!) / 1000
    #expect(Double(sent.count) / seconds > rate * 0.9, "and uses what there is")
  }

  @Test func callersFindAPlaceThatTheScheduleDoesNotTake() {
    let bucket = TokenBucket(rate: 100)
    var used: Int64 = 0
    while case .charged(let usedUntil, _) = bucket.charge(usedUntil: used, at: at(1000), patience: .milliseconds(200)) {
      used = usedUntil
    }
    guard case .charged(_, let after) = bucket.charge(usedUntil: used, at: at(1000), patience: .seconds(2)) else {
      Issue.record("a caller has no place")
      return
    }
    #expect(after <= .milliseconds(220))
  }

  @Test(arguments: [Int64.max, Int64.min, -1])
  func whatSomebodyWroteThereIsDrawnIntoBounds(value: Int64) {
    switch TokenBucket(rate: 10).charge(usedUntil: value, at: at(1000), patience: .zero) {
    case .charged(let usedUntil, _): #expect(usedUntil <= 2_000_000)
    case .wait(let delay): #expect(delay <= .seconds(4))
    }
  }
}
