import Foundation
import Storage
import Testing

@testable import Renewal

struct BreakerTests {
  private func at(_ seconds: Int64) -> BootInstant { BootInstant(boot: "b", milliseconds: 1_000_000 + seconds * 1000) }
  private let integration = UUID()

  private func fresh() -> BreakerRow { BreakerRow(connector: UUID(), boot: "b") }

  private func opened() -> BreakerRow {
    var breaker = fresh()
    for _ in 1...BreakerRow.failuresToOpen { breaker.fail(at: at(0), reason: "server_error", retryAfter: nil, isFirst: true) }
    return breaker
  }

  @Test func opensAfterFailuresInARow() {
    var breaker = fresh()
    for _ in 1..<BreakerRow.failuresToOpen {
      breaker.fail(at: at(0), reason: "server_error", retryAfter: nil, isFirst: true)
      #expect(breaker.admission(at: at(0)) == .free)
    }
    breaker.fail(at: at(0), reason: "server_error", retryAfter: nil, isFirst: true)
    #expect(breaker.admission(at: at(0)) == .rest(.seconds(10)))
    #expect(breaker.admission(at: at(9)) == .rest(.seconds(1)))
    #expect(breaker.admission(at: at(10)) == .trial)
    #expect(breaker.reason == "server_error")
  }

  @Test func aSuccessOrAnAnswerInBetweenBeginsAnew() {
    for heals in [{ $0.succeed(at: at(0)) }, { $0.hear(at: at(0)) }] as [(inout BreakerRow) -> Void] {
      var breaker = fresh()
      for _ in 1...3 { breaker.fail(at: at(0), reason: "r", retryAfter: nil, isFirst: true) }
      heals(&breaker)
      for _ in 1...4 { breaker.fail(at: at(0), reason: "r", retryAfter: nil, isFirst: true) }
      #expect(breaker.admission(at: at(0)) == .free)
    }
  }

  @Test func oneTriesAndTheOthersWaitForIt() {
    var breaker = opened()
    breaker.beginTrial(at: at(10))
    #expect(breaker.admission(at: at(10)) == .rest(.seconds(2)))
    #expect(breaker.admission(at: at(54)) == .rest(.seconds(1)))
    #expect(breaker.admission(at: at(55)) == .trial, "who tried has died")
    breaker.succeed(at: at(11))
    #expect(breaker.admission(at: at(11)) == .free)
  }

  @Test func restsLongerEachTimeAndNotForEver() {
    var breaker = opened()
    var (now, rests): (Int64, [Int64]) = (0, [])
    for _ in 0..<8 {
      guard case .rest(let rest) = breaker.admission(at: at(now)) else { break }
      rests.append(rest.components.seconds)
      now += rest.components.seconds
      breaker.beginTrial(at: at(now))
      breaker.fail(at: at(now), reason: "r", retryAfter: nil, isFirst: true)
    }
    #expect(rests == [10, 20, 40, 80, 160, 300, 300, 300])
  }

  @Test func thoseUnderWayWhenItOpenedDoNotLengthenIt() {
    var breaker = opened()
    for _ in 1...7 { breaker.fail(at: at(1), reason: "r", retryAfter: nil, isFirst: true) }
    #expect(breaker.openings == 1)
  }

  @Test func whoFailsAgainAndAgainCountsOnce() {
    var breaker = fresh()
    for _ in 0..<4 { breaker.fail(at: at(0), reason: "r", retryAfter: nil, isFirst: true) }
    for _ in 0..<50 { breaker.fail(at: at(1), reason: "r", retryAfter: nil, isFirst: false) }
    #expect(breaker.admission(at: at(1)) == .free)
    var open = opened()
    for second in stride(from: Int64(10), through: 100, by: 10) {
      open.beginTrial(at: at(second))
      open.fail(at: at(second), reason: "r", retryAfter: nil, isFirst: false)
      #expect(open.admission(at: at(second)) == .rest(.seconds(10)), "its trial makes the rest no longer")
    }
  }

  @Test func aProvidersWishIsHonouredWithinBounds() {
    var breaker = fresh()
    for _ in 1...5 { breaker.fail(at: at(0), reason: "rate_limited", retryAfter: .seconds(100), isFirst: true) }
    #expect(breaker.admission(at: at(0)) == .rest(.seconds(100)))
    var greedy = fresh()
    for _ in 1...5 { greedy.fail(at: at(0), reason: "rate_limited", retryAfter: .seconds(86_400), isFirst: true) }
    #expect(greedy.admission(at: at(0)) == .rest(.seconds(300)))
  }

  @Test func aRefusedClientIsEverybodysUnlessOthersSucceed() {
    var quiet = fresh()
    #expect(blames(of: &quiet, [integration]) == [true])
    #expect(quiet.admission(at: at(0)) == .rest(.seconds(60)))
    var busy = fresh()
    busy.succeed(at: at(0))
    #expect(blames(of: &busy, [integration, integration]) == [false, false], "the same one again")
    #expect(busy.admission(at: at(1)) == .free)
    #expect(blames(of: &busy, [UUID()]) == [true])
  }

  private func blames(of breaker: inout BreakerRow, _ integrations: [UUID]) -> [Bool] {
    integrations.map { breaker.blame($0, isAlone: false, at: at(0), reason: "invalid_client") }
  }

  private func refusals(of breaker: inout BreakerRow, _ seconds: [Int64]) -> [Bool] {
    seconds.map { breaker.refuse(at: at($0)) }
  }

  @Test func manyRefusalsWithinMinutesAreTooMany() {
    var breaker = fresh()
    #expect(refusals(of: &breaker, Array(repeating: 0, count: 9)) == Array(repeating: false, count: 9))
    #expect(refusals(of: &breaker, [599]) == [true])
    var slow = fresh()
    #expect(!refusals(of: &slow, (0..<100).map { $0 * 100 }).contains(true), "one in a while is everyday life")
    var busy = fresh()
    for _ in 1...50 { busy.succeed(at: at(0)) }
    #expect(!refusals(of: &busy, Array(repeating: 0, count: 50)).contains(true), "most of them work")
  }

  @Test func anotherBootKnowsNothingOfIt() {
    #expect(opened().admission(at: BootInstant(boot: "c", milliseconds: 1)) == .free)
  }

  @Test(arguments: [Int64.max, Int64.min, 0, -1])
  func whatSomebodyWroteThereStopsNobodyForLong(value: Int64) {
    var breaker = opened()
    (breaker.openUntil, breaker.trialUntil, breaker.countedFrom) = (value, value, value)
    (breaker.failures, breaker.openings, breaker.successes) = (1_000_000_000, 1_000_000_000, 1_000_000_000)
    if case .rest(let rest) = breaker.admission(at: at(0)) { #expect(rest <= .seconds(900)) }
    breaker.fail(at: at(0), reason: "r", retryAfter: .seconds(1), isFirst: true)
    #expect(breaker.admission(at: at(0)) == .rest(.seconds(300)))
    breaker.succeed(at: at(0))
    #expect(breaker.admission(at: at(0)) == .free)
  }
}
