import Catalogue
import Exploration
import Foundation

/// Walks through the two state machines, and through what mistakes make of the second: one line of JSON for each walk.
/// The argument says how many mishaps one course may have.
struct Finding: Encodable {
  let machine: String
  let mistake: String?
  let states: Int
  let steps: Int
  let ends: Int
  let wrong: Int
  let violations: [String]

  init(_ machine: String, mistake: String? = nil, _ walk: Walk) {
    (self.machine, self.mistake) = (machine, mistake)
    (states, steps, ends, wrong) = (walk.states, walk.steps, walk.ends, walk.wrong)
    violations = walk.violations.map(\.description)
  }
}

func tell(_ finding: Finding) throws {
  FileHandle.standardOutput.write(try JSONEncoder().encode(finding) + Data("\n".utf8))
}

let mishaps = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3
let classes: [RefreshClass] = [.n, .s, .g(seconds: 30), .x]
try tell(Finding("integration", Walk(IntegrationMachine())))
for refreshClass in classes {
  try tell(Finding("refresh, class \(refreshClass)", Walk(RefreshMachine(refreshClass, mishaps: mishaps))))
}
// Only until it is seen: without claims, for one, there is no end of states.
for (name, rules) in RefreshRules.mistakes {
  let machine = RefreshMachine(.x, rules: rules, mishaps: min(mishaps, 3))
  try tell(Finding("refresh, class X", mistake: name, Walk(machine, endsEarly: true)))
}
