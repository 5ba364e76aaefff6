/// Something with so few states that all of them can be looked at.
package protocol Machine<State> {
  associatedtype State: Hashable

  var starts: [State] { get }
  /// Whatever may happen next, by name.
  func steps(from state: State) -> [(name: String, to: State)]
  /// What must not be in this state; `nil` where all is well.
  func complaint(about state: State) -> String?
  /// What must not be in a state that nothing follows.
  func complaint(aboutTheEnd state: State) -> String?
}

/// A state that must not be, and the shortest way there.
package struct Violation: Sendable, CustomStringConvertible {
  package let complaint: String
  package let way: [String]

  package var description: String { "\(complaint): \(way.joined(separator: " → "))" }
}

/// All states of a machine, walked through breadth first, each once.
package struct Walk: Sendable {
  package private(set) var states = 0
  package private(set) var steps = 0
  /// States that nothing follows.
  package private(set) var ends = 0
  package private(set) var wrong = 0
  /// The nearest of what is wrong, each complaint once.
  package private(set) var violations: [Violation] = []

  /// - Parameter endsEarly: whether the first thing that is wrong ends it.
  package init<M: Machine>(_ machine: M, endsEarly: Bool = false) {
    var seen: [M.State] = []
    var cameFrom: [(state: Int, step: String)] = []
    var numbers: [M.State: Int] = [:]
    func add(_ state: M.State, _ origin: (Int, String)) {
      guard numbers[state] == nil else { return }
      numbers[state] = seen.count
      seen.append(state)
      cameFrom.append(origin)
    }
    for state in machine.starts { add(state, (-1, "start")) }
    var index = 0
    while index < seen.count, !(endsEarly && wrong > 0) {
      let state = seen[index]
      let next = machine.steps(from: state)
      for step in next { add(step.to, (index, step.name)) }
      steps += next.count
      if next.isEmpty { ends += 1 }
      if let complaint = machine.complaint(about: state) ?? (next.isEmpty ? machine.complaint(aboutTheEnd: state) : nil) {
        note(complaint, at: index, cameFrom)
      }
      index += 1
    }
    states = seen.count
  }

  private mutating func note(_ complaint: String, at index: Int, _ cameFrom: [(state: Int, step: String)]) {
    wrong += 1
    guard !violations.contains(where: { $0.complaint == complaint }) else { return }
    var way: [String] = []
    var index = index
    while index >= 0, cameFrom[index].state >= 0 {
      way.insert(cameFrom[index].step, at: 0)
      index = cameFrom[index].state
    }
    violations.append(Violation(complaint: complaint, way: way))
  }
}
