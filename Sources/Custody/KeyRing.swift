import Foundation
import Sealing
import Storage

/// The state of one generation of a workspace key; exactly one is primary.
package enum GenerationState: String, Sendable, CaseIterable {
  case pending, primary
  case decryptOnly = "decrypt-only"
  case disabled, destroyed

  /// Whether rows under it may be opened.
  package var opens: Bool { self == .primary || self == .decryptOnly }
}

/// A workspace's generations with their states, and the keys of those that may open rows.
struct KeyRing: Sendable {
  let epoch: Int64
  /// The MAC of the row it was read from: equal only for the same ring.
  let mac: [UInt8]
  let states: [UInt32: GenerationState]
  let keys: [UInt32: KeyGeneration]

  /// The generation that new values are sealed to.
  func primary() throws(CustodyError) -> KeyGeneration {
    guard let number = states.first(where: { $0.value == .primary })?.key, let key = keys[number] else {
      throw .integrity(table: "key_rings", key: "no primary generation")
    }
    return key
  }

  /// The keys of a generation, if it is in a state that opens rows.
  func usable(_ generation: UInt32) -> KeyGeneration? { states[generation]?.opens == true ? keys[generation] : nil }

  static func parse(_ text: String) -> [UInt32: GenerationState]? {
    var states: [UInt32: GenerationState] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: ":")
      guard pair.count == 2, let number = UInt32(pair[0]), let state = GenerationState(rawValue: String(pair[1])),
        states.updateValue(state, forKey: number) == nil
      else { return nil }
    }
    return states.values.count { $0 == .primary } == 1 ? states : nil
  }

  static func text(_ states: [UInt32: GenerationState]) -> String {
    states.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.rawValue)" }.joined(separator: ",")
  }
}
