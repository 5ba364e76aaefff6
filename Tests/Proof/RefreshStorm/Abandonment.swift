import FamilyProvider
import Foundation
import Reseal

/// Engines that are abandoned at named points, or meet a full disk, while the network does its worst.
struct Abandonment {
  let stage: Stage
  var dice: Dice

  static let batch = 16
  private static let mishaps = Mishap.allCases.filter { $0 != .hold && $0 != .none }

  mutating func run(_ runs: Int) async throws -> Tally {
    var tally = Tally()
    let strike = Strike()
    var engine = try await stage.open(strike)
    // Once without any harm: which points there are.
    tally.add(try await batch(&engine, strike, isHarmless: true))
    while tally.runs < runs { tally.add(try await batch(&engine, strike, isHarmless: false)) }
    await engine.shutdown()
    return tally
  }

  private mutating func batch(_ engine: inout Assembly, _ strike: Strike, isHarmless: Bool) async throws -> Tally {
    let subjects = try await stage.subjects(Self.batch, by: engine)
    let struck = strike.struck
    if !isHarmless {
      for subject in subjects where dice.chance(0.5) {
        stage.server.set([dice.pick(Self.mishaps)] + (dice.chance(0.2) ? [dice.pick(Self.mishaps)] : []), for: subject.family)
      }
      strike.arm(plans(strike.points))
      if dice.chance(0.05) { stage.server.refuse() }
    }
    stage.clock.advance(Stage.due)
    _ = try? await engine.due.run(concurrency: 8)
    if !isHarmless { stage.server.reopenIfRefusing() }
    while try await !stage.settle(subjects, by: engine, strike) {
      await engine.shutdown()
      strike.revive()
      try await stage.loseClaims(of: subjects)
      engine = try await stage.open(strike)
    }
    strike.arm([])
    for subject in subjects { stage.server.set([], for: subject.family) }
    var tally = try await stage.judge(subjects, by: engine)
    tally.crashes = strike.struck - struck
    try await stage.dismiss(subjects)
    return tally
  }

  private mutating func plans(_ points: [String]) -> [Strike.Plan] {
    let points = points.filter { !$0.contains("spool") }
    var plans: [Strike.Plan] = []
    if dice.chance(0.3) {
      plans.append(.init(deed: .diskFull, point: dice.pick(points.filter { $0.hasPrefix("before") }), occurrence: dice.number(Self.batch)))
      if dice.chance(0.5) { plans.append(.init(deed: .abandon, point: dice.pick(["before spool.keep", "after spool.keep"]), occurrence: 1)) }
    }
    if dice.chance(0.8) { plans.append(.init(deed: .abandon, point: dice.pick(points), occurrence: dice.number(Self.batch))) }
    return plans
  }
}

/// Chance that can be repeated.
struct Dice {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func chance(_ probability: Double) -> Bool { Double(next() >> 11) / Double(1 << 53) < probability }
  /// From 1 to `most`.
  mutating func number(_ most: Int) -> Int { Int(next() % UInt64(most)) + 1 }
  mutating func pick<T>(_ from: [T]) -> T { from[Int(next() % UInt64(from.count))] }
}
