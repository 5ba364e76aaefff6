import Foundation
import Storage
import TestKit
import Testing

extension World {
  /// Renewed exactly once, and nothing left over.
  func expectRenewed(_ id: UUID, version: Int64, grant: Int64, failed: Int = 0) throws {
    let head = try head(id)
    #expect(head.lifecycle == .ready && head.health == .ok && head.reasonCode == nil)
    #expect(head.currentVersion == version && head.grantNumber == grant)
    #expect(try count(.renewed, of: id) == 1 && count(.renewalFailed, of: id) == failed)
    #expect(try schedule(id)?.claimOwner == nil && schedule(id)?.refreshAt != nil)
    #expect(try leftovers() == [])
  }
}
