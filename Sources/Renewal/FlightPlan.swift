import Foundation
import Storage

/// What a refresh is begun with, once it has its claim.
struct FlightPlan {
  let claim: Claim
  let claimedAt: BootInstant
  let head: IntegrationRow
  let credential: CredentialRow
  let connection: Connection
  let trigger: RefreshTrigger
  let clientSecret: Int64?
  /// What the provider said of the access token a moment ago.
  let asked: AskedToken?
  /// The token was used before, and its provider takes it for so long yet.
  var isWithinGrace = false
}
