import Custody
import Foundation
import Storage

extension CustodyView {
  /// The uses of a refresh token since it last brought something. A provider that gives the same token again has shown
  /// that it is good, and what was doubtful before is over.
  func uses(
    of fingerprint: [UInt8]?, integration: UUID, as state: RefreshAttemptState
  ) throws -> [RefreshAttemptRow] {
    let all = try rows(
      RefreshAttemptRow.self,
      matching: ["integration": .uuid(integration), "fingerprint": .optional(fingerprint)])
    let proven = all.last { $0.state == .committed }?.fence ?? 0
    return all.filter { $0.fence > proven && $0.state == state }
  }
}
