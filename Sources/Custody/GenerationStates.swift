import Foundation
import Storage

/// The state of one generation of a workspace key; exactly one is primary.
package enum GenerationState: String, Sendable, CaseIterable {
  case pending, primary
  case decryptOnly = "decrypt-only"
  case disabled, destroyed

  /// Whether rows under it may be opened.
  package var opens: Bool { self == .primary || self == .decryptOnly }
}

/// A workspace's generations with their states, as the key ring's row tells them: `1:disabled@1760000000000,2:primary`.
struct GenerationStates: Sendable, Equatable {
  let primary: UInt32
  private var states: [UInt32: GenerationState]
  /// When the grace of a retired generation ends: before that it is not destroyed.
  private var graces: [UInt32: Instant]

  private init?(_ states: [UInt32: GenerationState], graces: [UInt32: Instant]) {
    let primaries = states.filter { $0.value == .primary }.keys
    guard let primary = primaries.first, primaries.count == 1 else { return nil }
    (self.primary, self.states) = (primary, states)
    self.graces = graces.filter { states[$0.key] == .disabled }
  }

  init?(_ text: String) {
    var (states, graces): ([UInt32: GenerationState], [UInt32: Instant]) = ([:], [:])
    for part in text.split(separator: ",") {
      let pair = part.split(separator: ":")
      guard pair.count == 2, let number = UInt32(pair[0]), states[number] == nil else { return nil }
      let words = pair[1].split(separator: "@", omittingEmptySubsequences: false)
      guard let state = GenerationState(rawValue: String(words[0])) else { return nil }
      states[number] = state
      if state == .disabled, words.count == 2, let end = Int64(words[1]) {
        graces[number] = Instant(milliseconds: end)
      } else if words.count != 1 {
        return nil
      }
    }
    self.init(states, graces: graces)
  }

  var text: String {
    numbers.map { number in
      "\(number):\(states[number]!.rawValue)" + (graces[number].map { "@\($0.milliseconds)" } ?? "")
    }.joined(separator: ",")
  }

  subscript(_ number: UInt32) -> GenerationState? { states[number] }

  /// Ascending.
  var numbers: [UInt32] { states.keys.sorted() }

  func endOfGrace(_ number: UInt32) -> Instant? { graces[number] }

  /// The same generations with some in another state.
  /// - Throws: `refused` when that would leave none, or two, to seal to.
  func with(
    _ changes: [UInt32: GenerationState], graces: [UInt32: Instant] = [:]
  ) throws(CustodyError) -> GenerationStates {
    let states = states.merging(changes) { $1 }
    guard let next = GenerationStates(states, graces: self.graces.merging(graces) { $1 }) else {
      throw .refused("exactly one generation is primary")
    }
    return next
  }
}
