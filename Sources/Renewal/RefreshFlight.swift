import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// One refresh between its intent and its end: which rows it started from, under which claim.
struct RefreshFlight: Sendable {
  let claim: Claim
  /// The claim's end on the boot clock, milliseconds.
  let claimEnds: Int64
  let head: IntegrationRow
  let credential: CredentialRow
  let connection: Connection
  var attempt: RefreshAttemptRow
  var credentialOpening: PendingOpening
  let client: RecordedClient
  /// Made because the connector's first client secret was refused a moment ago.
  let triesOtherSecret: Bool
  /// Its place in the line that the client's rate makes.
  let sendAfter: Duration
  /// Seals the reply, whatever has become of the database by then.
  let seal: PreparedSeal

  /// A claim covers connecting, the request, and the two commits after it.
  static let claimDuration = Duration.seconds(45)
  /// What must be left of the claim when the first byte goes out.
  static let needed = Duration.seconds(25)

  var landedName: String { Self.landedName(attempt) }

  static func landedName(_ attempt: RefreshAttemptRow) -> String {
    "refresh/\(attempt.integration.text)/\(attempt.fence)/landed"
  }

  /// Asked immediately before the first byte of the token: a process that was frozen for long must not send it.
  func isCovered(at now: BootInstant) -> Bool { now.milliseconds + Self.needed.milliseconds <= claimEnds }
}

/// A raw reply as it is sealed: `u16 status ‖ LP(retry-after) ‖ body`. The status stands in the attempt's row too, for
/// people; what is parsed is this.
enum LandedReply {
  static func encode(status: Int, retryAfter: String?, body: borrowing Secret) -> Secret {
    var head = ByteWriter()
    head.integer(UInt16(clamping: status))
    head.lengthPrefixed(retryAfter ?? "")
    var out = SecretWriter(capacity: body.count + 64)
    out.append(head.bytes)
    out.append(body)
    return out.finish()
  }

  static func withDecoded<R: ~Copyable>(
    _ landed: borrowing Secret, _ body: (_ status: Int, _ retryAfter: String?, borrowing Secret) throws -> R
  ) throws -> R {
    try landed.withBytes { bytes in
      var reader = ByteReader(bytes)
      guard let status = reader.integer(UInt16.self), let retryAfter = reader.lengthPrefixed(),
        let rest = reader.raw(bytes.count - reader.position)
      else { throw SealingError.cannotOpen }
      let text = String(decoding: retryAfter, as: UTF8.self)
      return try body(Int(status), text.isEmpty ? nil : text, Secret(copying: rest))
    }
  }
}
