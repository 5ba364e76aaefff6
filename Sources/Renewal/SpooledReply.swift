import Custody
import Foundation
import Sealing
import Storage

/// A landed reply outside of the database: sealed as it will stand in there, and which use of which token it answers.
///
/// `"reseal/spool/v1" ‖ LP(workspace) ‖ LP(customer) ‖ LP(integration) ‖ u64 fence ‖ u64 grant ‖ u64 version ‖
/// LP(fingerprint) ‖ u64 started ‖ u16 status ‖ LP(claim owner) ‖ u64 sealed at ‖ u32 generation ‖ LP(header) ‖
/// LP(payload) ‖ tag 32`; the tag is the vault's own, over all that stands before it.
struct SpooledReply: Sendable {
  private static let label = "reseal/spool/v1"
  let attempt: RefreshAttemptRow
  let owner: String
  let sealed: SealedSecretRow

  init(_ flight: RefreshFlight, _ sealed: SealedSecretRow) {
    (attempt, owner, self.sealed) = (flight.attempt, flight.claim.owner, sealed)
  }

  var claim: Claim { Claim(integration: attempt.integration, fence: attempt.fence, owner: owner) }

  func encoded(tag: ([UInt8]) -> [UInt8]) -> [UInt8] {
    var out = ByteWriter(Self.label)
    out.lengthPrefixed(sealed.workspace.text)
    out.lengthPrefixed(sealed.customer)
    out.lengthPrefixed(attempt.integration.text)
    for number in [attempt.fence, attempt.grantNumber, attempt.usedVersion] { out.integer(number) }
    out.lengthPrefixed(attempt.fingerprint)
    out.integer(attempt.startedAt.milliseconds)
    out.integer(UInt16(clamping: attempt.status ?? 0))
    out.lengthPrefixed(owner)
    out.integer(sealed.createdAt.milliseconds)
    out.integer(sealed.sealed.generation)
    out.lengthPrefixed(sealed.sealed.header)
    out.lengthPrefixed(sealed.sealed.payload)
    return out.bytes + tag(out.bytes)
  }

  /// - Returns: `nil` for whatever is not whole, or not this vault's.
  init?(_ bytes: [UInt8], tag: ([UInt8]) -> [UInt8]) {
    guard bytes.count > 32, constantTimeEqual(Array(bytes.suffix(32)), tag(bytes.dropLast(32))) else { return nil }
    self.init(unproven: bytes)
  }

  /// What an entry says, before anything of it is proven.
  init?(unproven bytes: [UInt8]) {
    guard let read = bytes.dropLast(32).withUnsafeBytes({ Self.read(ByteReader($0)) }) else { return nil }
    self = read
  }

  /// Which attempt an entry says that it answers, before anything is proven.
  static func answers(_ bytes: [UInt8], _ attempt: RefreshAttemptRow) -> Bool {
    SpooledReply(unproven: bytes)?.matches(attempt) ?? false
  }

  /// Whether this is the very use that `row` records: a number alone may come again after a restore.
  func matches(_ row: RefreshAttemptRow) -> Bool {
    row.integration == attempt.integration && row.fence == attempt.fence && row.workspace == attempt.workspace
      && row.grantNumber == attempt.grantNumber && row.usedVersion == attempt.usedVersion
      && row.fingerprint == attempt.fingerprint && row.startedAt == attempt.startedAt
  }

  private init(_ attempt: RefreshAttemptRow, owner: String, _ sealed: SealedSecretRow) {
    (self.attempt, self.owner, self.sealed) = (attempt, owner, sealed)
  }

  private static func read(_ start: ByteReader) -> SpooledReply? {
    var reader = start
    guard reader.raw(label.utf8.count).map({ Array($0) == Array(label.utf8) }) == true,
      let workspace = uuid(&reader), let customer = text(&reader), let integration = uuid(&reader),
      let fence = reader.integer(Int64.self), let grant = reader.integer(Int64.self),
      let version = reader.integer(Int64.self), let fingerprint = reader.lengthPrefixed(),
      let started = reader.integer(Int64.self), let status = reader.integer(UInt16.self),
      let owner = text(&reader), let sealedAt = reader.integer(Int64.self),
      let generation = reader.integer(UInt32.self), let header = reader.lengthPrefixed(),
      let payload = reader.lengthPrefixed(), reader.isAtEnd
    else { return nil }
    let attempt = RefreshAttemptRow(
      integration: integration, fence: fence, workspace: workspace, grantNumber: grant, usedVersion: version,
      fingerprint: Array(fingerprint), state: .landed, status: Int64(status), startedAt: Instant(milliseconds: started))
    return SpooledReply(
      attempt, owner: owner,
      SealedSecretRow(
        workspace: workspace, name: RefreshFlight.landedName(attempt), customer: customer,
        integration: integration.text, createdAt: Instant(milliseconds: sealedAt),
        sealed: SealedValue(generation: generation, header: Array(header), payload: Array(payload))))
  }

  private static func text(_ reader: inout ByteReader) -> String? {
    reader.lengthPrefixed().flatMap { String(validating: $0, as: UTF8.self) }
  }

  private static func uuid(_ reader: inout ByteReader) -> UUID? { text(&reader).flatMap(UUID.init(uuidString:)) }
}
