import Foundation
import Sealing
import Storage

/// A workspace's generations with their states, and the keys of those that may open rows.
struct KeyRing: Sendable {
  let epoch: Int64
  /// The MAC of the row it was read from: equal only for the same ring.
  let mac: [UInt8]
  let states: GenerationStates
  /// Generations up to this one are known to others: their MACs prove nothing by themselves.
  let taintedThrough: UInt32?
  let keys: [UInt32: KeyGeneration]

  /// The generation that new values are sealed to.
  func primary() throws(CustodyError) -> KeyGeneration {
    guard let key = keys[states.primary] else { throw .integrity(table: "key_rings", key: "no primary generation") }
    return key
  }

  /// The keys of a generation, if it is in a state that opens rows.
  func usable(_ generation: UInt32) -> KeyGeneration? { states[generation]?.opens == true ? keys[generation] : nil }

  /// Whether somebody else may hold the keys of this generation.
  func isTainted(_ generation: UInt32) -> Bool { taintedThrough.map { generation <= $0 } ?? false }

  /// What is still to be done about keys that are known to others.
  var compromise: Compromise {
    if isTainted(states.primary) { return .rotationNeeded }
    return states.numbers.contains { isTainted($0) && states[$0]?.opens == true } ? .underWay : .none
  }
}

/// What is still to be done about workspace keys that are known to others.
package enum Compromise: String, Sendable {
  case none
  /// New values are still sealed to a key that others hold: `key rotate --compromised`.
  case rotationNeeded = "rotation needed"
  /// New values are safe; rows are still moved away, or the old generations are not retired yet.
  case underWay = "under way"
}
