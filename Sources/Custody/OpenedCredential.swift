import Foundation
import Storage

/// A credential on its way to a caller.
package struct OpenedCredential: ~Copyable, Sendable {
  package let integration: IntegrationRow
  package let credential: CredentialRow
  package let fields: CredentialFields
}

/// What a caller wants opened, who he is, and what for.
struct CredentialRequest: Sendable {
  let integration: UUID
  let workspace: UUID
  let customer: String?
  let version: Int64?
  let actor: Actor
  let purpose: String

  /// The rows that are asked for.
  /// - Throws: `notFound` for what is missing or not the caller's.
  func rows(in view: CustodyView) throws -> (head: IntegrationRow, credential: CredentialRow) {
    let head = try view.integration(integration, workspace: workspace, customer: customer)
    guard let wanted = version ?? head.currentVersion else { throw CustodyError.notFound }
    return (head, try view.credential(of: head, version: wanted))
  }

  func caller(of version: Int64) -> OpeningMinute.Caller {
    OpeningMinute.Caller(
      actor: actor, workspace: workspace, integration: integration, version: version, purpose: purpose)
  }
}

extension Custodian {
  /// Opens a version of an integration's credential, the current one unless told.
  ///
  /// The first opening of a caller in a minute is committed to the log before anything is released; further ones of the
  /// same minute are counted, and the count is appended when the minute is over. A workspace can ask for an entry each.
  /// - Throws: `notFound` for what is missing or not the caller's.
  package func openCredential(
    of integration: UUID, workspace: UUID, customer: String? = nil, version: Int64? = nil, by actor: Actor,
    purpose: String
  ) async throws -> OpenedCredential {
    let request = CredentialRequest(
      integration: integration, workspace: workspace, customer: customer, version: version, actor: actor,
      purpose: purpose)
    if let (head, row) = try countedAgain(request) {
      return OpenedCredential(
        integration: head, credential: row, fields: try open(row, spending: RecordedOpening(row.place)))
    }
    let (head, row, opening) = try await openings.queue.record(request, in: self)
    openings.began(request.caller(of: row.version), at: clocks.now())
    wakeForRepeats()
    return OpenedCredential(
      integration: head, credential: row, fields: try open(row, spending: try opening.recorded()))
  }

  /// The rows, if this minute's entry of this caller stands in the log already.
  private func countedAgain(_ request: CredentialRequest) throws -> (IntegrationRow, CredentialRow)? {
    try view { view in
      let (head, row) = try request.rows(in: view)
      guard try view.workspace(request.workspace).rules.recordEveryOpening != true,
        openings.countsAgain(request.caller(of: row.version), at: view.now)
      else { return nil }
      return (head, row)
    }
  }

  /// Sees to it that a minute is written down, or forgotten, once it is over, though nobody asks again.
  private func wakeForRepeats() {
    openings.wake(by: clocks) { [weak self] in
      guard let self else { return }
      await recordRepeats(endedBefore: clocks.now())
      wakeForRepeats()
    }
  }

  /// Appends the counts of minutes that are over; of all of them without an instant.
  func recordRepeats(endedBefore now: Instant? = nil) async {
    let ended = openings.takeEnded(before: now)
    guard !ended.isEmpty else { return }
    do {
      try await amend(durability: .normal) { change in
        for minute in ended { try change.record(minute.entry) }
      }
    } catch {
      openings.putBack(ended)
    }
  }
}
