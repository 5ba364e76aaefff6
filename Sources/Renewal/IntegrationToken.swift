import Custody
import Foundation
import Sealing
import Storage

/// A token that names an integration for a while: `integration 16 ‖ u64 expiry ‖ tag 32`, base64url. Made without
/// writing a row, and only by this vault; the label keeps tokens of one purpose from serving another.
package struct IntegrationToken: Sendable {
  private let custodian: Custodian
  private let label: String
  private let lifetime: Duration

  package init(custodian: Custodian, label: String, lifetime: Duration) {
    self.custodian = custodian
    self.label = label
    self.lifetime = lifetime
  }

  package func make(_ integration: UUID) -> String {
    var out = ByteWriter()
    out.raw(withUnsafeBytes(of: integration.uuid) { Array($0) })
    out.integer(UInt64((custodian.clocks.now() + lifetime).milliseconds))
    return Base64URL.encode(out.bytes + custodian.tag(label, out.bytes))
  }

  /// The integration that an unexpired token of this purpose names.
  package func integration(in token: String) -> UUID? {
    guard let bytes = Base64URL.decode(token), bytes.count == 56 else { return nil }
    let claims = Array(bytes[..<24])
    guard constantTimeEqual(Array(bytes[24...]), custodian.tag(label, claims)) else { return nil }
    return claims.withUnsafeBytes { raw -> UUID? in
      var reader = ByteReader(raw)
      guard let id = reader.raw(16), let expiry = reader.integer(UInt64.self),
        Instant(milliseconds: Int64(clamping: expiry)) > custodian.clocks.now()
      else { return nil }
      return UUID(uuid: id.loadUnaligned(as: uuid_t.self))
    }
  }
}

/// The link that repairs an integration: `{public_url}/renew/{token}`, for seven days.
package struct RenewLink: Sendable {
  private let token: IntegrationToken
  private let address: PublicAddress

  package init(custodian: Custodian, address: PublicAddress) {
    token = IntegrationToken(custodian: custodian, label: "renew", lifetime: .seconds(7 * 24 * 3600))
    self.address = address
  }

  /// `nil` where no public URL is configured.
  package func url(for integration: UUID) -> String? { address.url.map { "\($0)/renew/\(token.make(integration))" } }

  package func integration(in token: String) -> UUID? { self.token.integration(in: token) }
}
