import Storage
import Testing

@testable import Renewal

struct TokenBucketTests {
  private func at(_ milliseconds: Int64) -> BootInstant { BootInstant(boot: "b", milliseconds: milliseconds) }

  /// When requests go out that wait as they are told, in milliseconds.
  private func instants(rate: Double, isUrgent: Bool, count: Int, from start: Int64 = 1000) -> [Int64] {
    let bucket = TokenBucket(rate: rate)
    var (now, used, sent): (Int64, Int64, [Int64]) = (start, 0, [])
    while sent.count < count {
      switch bucket.charge(usedUntil: used, at: at(now), isUrgent: isUrgent) {
      case .charged(let usedUntil):
        used = usedUntil
        sent.append(now)
      case .wait(let delay):
        #expect(delay > .zero)
        now += delay.milliseconds
      }
    }
    return sent
  }

  @Test(arguments: [0.5, 1, 7, 50, 1000], [true, false])
  func neverExceedsItsRate(rate: Double, isUrgent: Bool) {
    let sent = instants(rate: rate, isUrgent: isUrgent, count: 2000)
    let most = sent.indices.map { first in
      sent[first...].prefix { $0 < sent[first] + 1000 }.count
    }.max() ?? 0
    #expect(Double(most) <= max(1, rate * 1.1))
    let seconds = Double(sent.last! - sent.first!) / 1000
    #expect(Double(sent.count) / seconds > rate * 0.9 || seconds == 0, "and uses what there is")
  }

  @Test func callersFindSomethingLeftThatTheScheduleDoesNotTake() {
    let bucket = TokenBucket(rate: 100)
    var used: Int64 = 0
    while case .charged(let usedUntil) = bucket.charge(usedUntil: used, at: at(1000), isUrgent: false) { used = usedUntil }
    guard case .charged = bucket.charge(usedUntil: used, at: at(1000), isUrgent: true) else {
      Issue.record("a caller has to wait")
      return
    }
  }

  @Test(arguments: [Int64.max, Int64.min, -1])
  func whatSomebodyWroteThereIsDrawnIntoBounds(value: Int64) {
    switch TokenBucket(rate: 10).charge(usedUntil: value, at: at(1000), isUrgent: false) {
    case .charged(let usedUntil): #expect(usedUntil <= 2_000_000)
    case .wait(let delay): #expect(delay <= .seconds(1))
    }
  }
}
