import FamilyProvider
import Foundation
import Glibc
import Reseal

/// Processes that are killed (`kill -9`) in the middle of their refreshes, at named points and at any time.
struct Killing {
  let stage: Stage
  var dice: Dice
  let points: [String]

  mutating func run(kills: Int) async throws -> Tally {
    var tally = Tally()
    let engine = try await stage.open(Strike())
    while tally.crashes < kills { tally.add(try await batch(engine)) }
    await engine.shutdown()
    return tally
  }

  private mutating func batch(_ engine: Assembly) async throws -> Tally {
    let subjects = try await stage.subjects(Abandonment.batch, by: engine)
    stage.clock.advance(Stage.due)
    for subject in subjects where dice.chance(0.2) { stage.server.set([.slow], for: subject.family) }
    let isNamed = dice.chance(0.5)
    let child = Child(stage, isNamed ? "kill:\(dice.pick(points)):\(dice.number(Abandonment.batch))" : "")
    child.becomeReady()
    if !isNamed {
      usleep(UInt32(dice.number(60_000)))
      child.signal(SIGKILL)
    }
    guard child.wait() == true else { return Tally(wrong: ["a process ended by itself"]) }
    _ = try await stage.settle(subjects, by: engine, Strike())
    for subject in subjects { stage.server.set([], for: subject.family) }
    var tally = try await stage.judge(subjects, by: engine)
    tally.crashes = 1
    try await stage.dismiss(subjects)
    return tally
  }
}

/// Processes that are stopped (`SIGSTOP`) for longer than their claims, at named points or with the reply on its way,
/// while another does their work; and then go on.
struct Freezing {
  let stage: Stage
  var dice: Dice
  let points: [String]

  mutating func run(stops: Int) async throws -> Tally {
    var tally = Tally()
    let engine = try await stage.open(Strike())
    while tally.crashes < stops { tally.add(try await batch(engine)) }
    await engine.shutdown()
    return tally
  }

  private mutating func batch(_ engine: Assembly) async throws -> Tally {
    let subjects = try await stage.subjects(Abandonment.batch, by: engine)
    stage.clock.advance(Stage.due)
    stage.server.setOpen(false)
    let isHeld = dice.chance(0.5)
    if isHeld { stage.server.set([.hold], for: subjects[0].family) }
    let points = points.filter { $0.hasPrefix("after") }
    let child = Child(stage, isHeld ? "alone" : "stop:\(dice.pick(points)):\(dice.number(Abandonment.batch))")
    child.becomeReady()
    if isHeld { stopWhenHeld(child, subjects[0].family) }
    let state = child.wait(untilStopped: true)
    // It sleeps beyond its claim, and the others look at what it left, not for so long that the old token ends.
    stage.clock.advance(.seconds(46))
    _ = try await engine.due.run(concurrency: 8)
    stage.server.setOpen(true)
    if state == nil {
      child.signal(SIGCONT)
      guard child.wait() == true else { return Tally(wrong: ["a process that was woken did not end"]) }
    }
    _ = try await stage.settle(subjects, by: engine, Strike())
    var tally = try await stage.judge(subjects, by: engine)
    tally.crashes = state == nil ? 1 : 0
    try await stage.dismiss(subjects)
    return tally
  }

  private func stopWhenHeld(_ child: Child, _ family: Int) {
    for _ in 0..<10_000 where !stage.server.holds(family) { usleep(1000) }
    child.signal(SIGSTOP)
  }
}
