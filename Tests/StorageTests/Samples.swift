import Foundation
import Sealing

@testable import Storage

/// One row of every kind, belonging together.
struct Samples {
  let workspace = UUID()
  let connector = UUID()
  let integration = UUID()
  let now = Instant(milliseconds: 1_760_000_000_000)
  private let seal = RowSeal(layout: 1, generation: 1, mac: [1, 2, 3])
  private let sealed = SealedValue(generation: 1, header: [4, 5], payload: [6])

  private func with<R: AuthenticatedRow>(_ row: R) -> R {
    var row = row
    row.seal = seal
    return row
  }

  func integrationRow(_ id: UUID? = nil, customer: String = "c") -> IntegrationRow {
    with(
      IntegrationRow(
        integration: id ?? integration, workspace: workspace, customer: customer, connector: connector, name: "n",
        lifecycle: .needsReauthorization, health: .degraded, reasonCode: "r", since: now, suspendedAt: now,
        grantNumber: 2, currentVersion: 3, lastVersion: 4, actor: "a", tenant: "t", accountLabel: "l",
        parameters: "{}", verifiedAt: now, createdAt: now))
  }

  func credentialRow(version: Int64 = 3) -> CredentialRow {
    with(
      CredentialRow(
        integration: integration, version: version, workspace: workspace, customer: "c", grantNumber: 2,
        kind: .apiKey, origin: .put, state: .archived, scopes: "a b", refreshable: true, fingerprint: [7],
        lifetime: 60_000, expiresAt: now, createdAt: now, sealed: sealed))
  }

  func refreshAttemptRow(
    fence: Int64 = 5, state: RefreshAttemptState = .notSent, endedAt: Instant? = nil
  ) -> RefreshAttemptRow {
    with(
      RefreshAttemptRow(
        integration: integration, fence: fence, workspace: workspace, grantNumber: 2, usedVersion: 3, fingerprint: [9],
        state: state, reason: "r", status: 503, retryAfter: 1000, startedAt: now, endedAt: endedAt ?? now))
  }

  func certificateRow(kid: String = "0123456789abcdef") -> CertificateRow {
    with(CertificateRow(workspace: workspace, kid: kid, spki: [8], state: .retired, createdAt: now))
  }

  private var breaker: BreakerRow {
    var row = BreakerRow(connector: connector, boot: "b")
    (row.reason, row.failures, row.openings, row.openUntil, row.trialUntil) = ("r", 1, 2, 3, 4)
    (row.blames, row.blamed, row.countedFrom, row.refusals, row.successes) = (5, "i", 6, 7, 8)
    return row
  }

  /// In an order that references allow.
  var all: [any StoredRow] {
    let attempt = AttemptRow(
      attempt: UUID(), workspace: workspace, connector: connector, integration: integration, purpose: .renewal,
      authority: .link, state: .verifying, reason: "r", name: "n", clientState: "s", jti: "j", parameters: "{}",
      openerOrigin: "https://a", listener: "l", ticketHash: [1], verifierHash: "v", cookieHash: [2], stateHash: [3],
      grantNumber: 1, offeredLabel: "o", createdAt: now, expiresAt: now + .seconds(60), endedAt: now)
    let connectorRow = ConnectorRow(
      connector: connector, workspace: workspace, slug: "s", provider: "p", clientID: "c", secretVersion: 1,
      scopes: "a", identityPolicy: .sameTenant, importPolicy: .reported, parameters: "{}", createdAt: now,
      removedAt: now)
    return [
      with(
        VaultRow(
          vault: UUID(), createdAt: now, rootEpoch: 1, layoutMinimum: 1, checkValue: [1], macKey: [2],
          fingerprintKey: [3], recoveryPublicKey: [4], auditPublicKey: [5])),
      with(RootSlotRow(slot: "s", kind: "file", parameters: [1], wrapped: [2], createdAt: now)),
      with(WorkspaceRow(workspace: workspace, name: "n", origins: "[]", policy: "{}", createdAt: now)),
      with(KeyRingRow(workspace: workspace, epoch: 1, generations: "1:primary", taintedThrough: 1)),
      with(WorkspaceKeyRow(workspace: workspace, generation: .max, publicKey: [1], wrapped: [2], createdAt: now)),
      certificateRow(), with(connectorRow),
      with(
        AccessKeyRow(
          prefix: "p", workspace: workspace, role: .admin, hash: [1], createdAt: now, revokedAt: now, disabledAt: now)),
      integrationRow(), credentialRow(),
      with(
        SealedSecretRow(
          workspace: workspace, name: "n", version: 2, customer: "c", integration: "i", createdAt: now, sealed: sealed)),
      with(attempt), with(SpentSecretRow(workspace: workspace, jti: "j", spentAt: now)), refreshAttemptRow(),
      with(
        DeadlineRow(
          integration: integration, workspace: workspace, grantNumber: 2, at: now, reason: .reply, beganAt: now,
          noticeAt: now, told: 7)),
      with(ClockRow(boot: BootInstant(boot: "b", milliseconds: 1), wall: now, jump: 2, doubtedUntil: 3)),
      with(
        RevocationRow(
          revocation: UUID(), workspace: workspace, integration: integration, connector: connector, actor: "a",
          parameters: "{}", reason: .late, tries: 1, dueAt: now, expiresAt: now, createdAt: now)),
      ScheduleRow(
        integration: integration, workspace: workspace, connector: connector, refreshAt: now, failures: 1,
        fence: 2, claimOwner: "o", claimBoot: "b", claimUntil: 3),
      breaker, ClientRateRow(workspace: workspace, provider: "p", client: "c", boot: "b", usedUntil: 1),
      with(
        IncidentRow(
          incident: UUID(), workspace: workspace, connector: connector, kind: .misconfigured, reason: "r",
          openedAt: now, closedAt: now, closedBy: "b")),
      with(
        RotationRow(
          workspace: workspace, fromGeneration: 1, toGeneration: 2, state: .verified, tableIndex: 3, rowCursor: 4,
          rowsDone: 5, runRows: 6, pausedAt: now, startedAt: now, endedAt: now)),
      with(
        QuarantineRow(
          workspace: workspace, rowTable: "certificates", rowKey: "k", generation: 2, foundAt: now, abandonedAt: now)),
      with(
        TransitionRow(
          integration: integration, sequence: 1, at: now, event: "e", fromState: "f", toState: "t", reasonCode: "r",
          grantNumber: 1, version: 2)),
      with(EventCounterRow(integration: integration, last: 3)),
      with(
        EventRow(
          sequence: 1, workspace: workspace, connector: connector, integration: integration, integrationSequence: 1, customer: "c",
          attempt: UUID(), type: .ready, payload: "{}", createdAt: now)),
      AuditRow(
        sequence: 1, at: now, workspace: workspace, actor: "a", action: "x", subject: "s", detail: "{}", keyNumber: 1,
        hash: [1], signature: [2]),
      with(AuditChangeRow(sequence: 1, position: 0, rowTable: "t", rowKey: "k", digest: [1])),
      with(
        AuditKeyRow(
          number: 1, firstSequence: 1, publicKey: [1], endorsement: [2], wrapped: [3], createdAt: now)),
      with(AuditHorizonRow(through: 0, hash: [1])),
    ]
  }

  /// A store in `folder` that holds every sample.
  func store(in folder: Folder) async throws -> Store {
    let store = try Store.create(at: folder.database)
    let rows = all
    try await store.write(.normal) { tx in for row in rows { try tx.insert(row) } }
    return store
  }
}
