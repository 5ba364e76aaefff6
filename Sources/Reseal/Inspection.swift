import Custody
import Storage

/// Looking at the vault itself: proof of every row, the slots.
package struct Inspection: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  package func verify() async throws -> VerificationReport { try await custodian.verify() }

  /// The ways to the root key, without what they wrap.
  package func rootSlots() throws -> [(slot: String, kind: String, createdAt: Instant)] {
    try custodian.view { view in
      try view.rows(RootSlotRow.self).map { (slot: $0.slot, kind: $0.kind, createdAt: $0.createdAt) }
    }
  }
}
