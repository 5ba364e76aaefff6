// Refreshes in a storm, for the proofs alone (docs/proofs.md).
//
//     RefreshStorm abandon CLASS RUNS SEED     engines abandoned at named points, network faults, full disks
//     RefreshStorm kill CLASS KILLS SEED       processes killed with SIGKILL
//     RefreshStorm freeze CLASS STOPS SEED     processes stopped with SIGSTOP beyond their claims, and woken
//     RefreshStorm outage CLASS COUNT HOURS MOMENT   the provider is out for a day, the clock jumps by so many hours
//     RefreshStorm provide COUNT LIFETIME      the provider alone, of class X; prints its port
//     RefreshStorm fill DATABASE KEY PROVIDERS COUNT LIFETIME
//     RefreshStorm call DATABASE KEY PROVIDERS WORKSPACE
//
// CLASS is N, S, G or X; MOMENT is before, during or after. The first four print one line of JSON.

import FamilyProvider
import Foundation
import Glibc
import Renewal
import Reseal

let arguments = CommandLine.arguments

func storm() async throws -> Tally {
  let stage = try await Stage(arguments[2])
  defer { stage.end() }
  let (count, dice) = (Int(arguments[3]) ?? 0, Dice(arguments.count > 4 ? UInt64(arguments[4]) ?? 1 : 1))
  if arguments[1] == "abandon" {
    var abandonment = Abandonment(stage: stage, dice: dice)
    return try await abandonment.run(count)
  }
  let points = try await stage.points()
  if arguments[1] == "kill" {
    var killing = Killing(stage: stage, dice: dice, points: points)
    return try await killing.run(kills: count)
  }
  var freezing = Freezing(stage: stage, dice: dice, points: points)
  return try await freezing.run(stops: count)
}

func outage() async throws -> Outage {
  guard arguments.count > 5, let count = Int(arguments[3]), let hours = Int(arguments[4]),
    let moment = Outage.Moment(rawValue: arguments[5])
  else { exit(1) }
  let stage = try await Stage(arguments[2])
  defer { stage.end() }
  return try await Outage.run(count, jump: .seconds(hours * 3600), moment, on: stage)
}

/// Prints what was found.
/// - Returns: the exit code.
func tell(_ report: some Encodable, isSound: Bool) throws -> Int32 {
  print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  return isSound ? 0 : 1
}

extension Stage {
  /// The points that an undisturbed refresh passes.
  func points() async throws -> [String] {
    let strike = Strike()
    let engine = try await open(strike)
    let subjects = try await subjects(2, by: engine)
    let before = Set(strike.points)
    clock.advance(Stage.due)
    _ = try await engine.due.run(concurrency: 2)
    await engine.shutdown()
    try await dismiss(subjects)
    return strike.points.filter { !before.contains($0) }
  }
}

switch arguments.dropFirst().first {
case "provide": try Families.provide(Array(arguments.dropFirst(2)))
case "fill": try await Families.fill(Array(arguments.dropFirst(2)))
case "call": try await Families.call(Array(arguments.dropFirst(2)))
case "child": try await Child.main(Array(arguments.dropFirst(2)))
case "abandon", "kill", "freeze":
  guard arguments.count >= 4 else { exit(1) }
  let tally = try await storm()
  exit(try tell(tally, isSound: tally.wrong.isEmpty))
case "outage":
  let report = try await outage()
  exit(try tell(report, isSound: report.wrong.isEmpty))
default: exit(1)
}
