import Custody
import Storage

extension Custodian {
  /// Lets go of what processes hold that are gone, so that their work is due again at once: a provider's grace may be
  /// over long before a claim is.
  func releaseDeadClaims() async throws {
    let gone = try view { try $0.unauthenticated.claimOwners(limit: 1000) }.filter { ProcessIdentity(text: $0).isGone }
    guard !gone.isEmpty else { return }
    try await amend(durability: .normal) { change in
      for owner in gone { try change.unauthenticatedWrites.releaseClaims(of: owner) }
    }
  }
}
