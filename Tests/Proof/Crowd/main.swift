// Many integrations of one connector, for the proofs alone (docs/proofs.md). Prints one line of JSON.
//
//     Crowd herd COUNT RATE      all due in the same second, two engines, a provider that allows so many requests a second
//     Crowd secret COUNT         all due, with a client secret that the provider refuses; then it is mended
//     Crowd idle COUNT SECONDS   none due for a day: what the scheduler costs meanwhile

import Foundation
import Glibc

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]) else { exit(64) }
let extra = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0

do {
  let report: any Encodable & Report
  switch arguments[1] {
  case "herd": report = try await Herd.run(count, rate: max(1, extra))
  case "secret": report = try await WrongSecret.run(count)
  case "idle": report = try await Idleness.run(count, seconds: max(1, extra))
  default: exit(64)
  }
  print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  exit(report.wrong.isEmpty ? 0 : 1)
} catch {
  // Said in words: a trap would leave a backtrace of the run-time library.
  FileHandle.standardError.write(Data("Crowd: \(error)\n".utf8))
  exit(70)
}

/// What was counted, and what went wrong.
protocol Report {
  var wrong: [String] { get }
}
