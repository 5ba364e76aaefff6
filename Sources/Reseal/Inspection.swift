import Custody
import Renewal
import Storage

/// Looking at the vault itself: proof of every row, and what waits beside it.
package struct Inspection: Sendable {
  private let custodian: Custodian
  private let refresher: Refresher

  init(custodian: Custodian, refresher: Refresher) {
    self.custodian = custodian
    self.refresher = refresher
  }

  package func verify() async throws -> InspectionReport {
    InspectionReport(vault: try await custodian.verify(), spool: refresher.spooled)
  }
}

/// What was found in the vault, and in its spool.
package struct InspectionReport: Sendable, Encodable {
  package let vault: VerificationReport
  package let spool: SpoolReport

  private enum CodingKeys: String, CodingKey { case spool }

  /// The vault's own fields, and `spool` beside them.
  package func encode(to encoder: any Encoder) throws {
    try vault.encode(to: encoder)
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(spool, forKey: .spool)
  }
}
