import Custody
import Storage

/// Looking at the vault itself: proof of every row.
package struct Inspection: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  package func verify() async throws -> VerificationReport { try await custodian.verify() }
}
