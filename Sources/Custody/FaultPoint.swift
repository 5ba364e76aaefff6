/// A place where a proof may let the process die or an error strike: on either side of each commit. The steps go by the
/// action that the transaction records in the audit log, such as `key.promote`; a page of a rotation is `key.page`.
package struct FaultPoint: Sendable, Hashable, CustomStringConvertible {
  package enum Side: String, Sendable, CaseIterable { case before, after }

  package let side: Side
  package let step: String

  /// `before key.promote`.
  package var description: String { "\(side.rawValue) \(step)" }
}

/// What happens at fault points: nothing, but in proofs.
package struct Faults: Sendable {
  private let strike: @Sendable (FaultPoint) throws -> Void

  package init(_ strike: @escaping @Sendable (FaultPoint) throws -> Void) { self.strike = strike }

  package static let none = Faults { _ in }

  /// - Throws: what the proof wants to happen; before a commit, that rolls the transaction back.
  func reach(_ side: FaultPoint.Side, _ step: String?) throws {
    if let step { try strike(FaultPoint(side: side, step: step)) }
  }
}
