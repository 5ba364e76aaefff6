import Foundation
import Sealing
import Storage

@testable import Custody

extension Clocks {
  /// Time stands still: tests own it.
  static let fixed = Clocks(
    now: { Instant(milliseconds: 1_760_000_000_000) }, boot: { BootInstant(boot: "boot-1", milliseconds: 1000) })
}

/// A vault in a temporary directory with two workspaces, and at least two rows in each of their tables.
struct TestVault: Sendable {
  let folder: Folder
  let custodian: Custodian
  let recoveryKey: String
  let tenants: [Tenant]

  var first: Tenant { tenants[0] }
  var second: Tenant { tenants[1] }
  var rootKey: RootKeySource { .file(path: folder.keyFile) }

  static func empty() async throws -> TestVault {
    let folder = try Folder()
    let source = RootKeySource.file(path: folder.keyFile)
    let made = try await Custodian.create(at: folder.database, rootKey: source, clocks: .fixed)
    let custodian = try await Custodian.open(at: folder.database, rootKey: source, clocks: .fixed)
    return TestVault(folder: folder, custodian: custodian, recoveryKey: made.recoveryKey, tenants: [])
  }

  static func make() async throws -> TestVault {
    let vault = try await empty()
    var tenants: [Tenant] = []
    for number in 1...2 { tenants.append(try await Tenant.make(number, in: vault.custodian)) }
    return TestVault(
      folder: vault.folder, custodian: vault.custodian, recoveryKey: vault.recoveryKey, tenants: tenants)
  }

  /// A vault whose first workspace has many pages of certificates.
  static func large() async throws -> TestVault {
    let vault = try await make()
    let tenant = vault.first
    try await vault.custodian.change(.test) { change in
      for number in 0..<120 { try change.insert(tenant.certificateRow("many-\(number)", at: change.now)) }
    }
    return vault
  }

  func reopened(clocks: Clocks = .fixed) async throws -> Custodian {
    try await Custodian.open(at: folder.database, rootKey: rootKey, clocks: clocks)
  }

  /// The secret that a version of an integration's credential holds.
  func secret(of integration: UUID, in tenant: Tenant, version: Int64? = nil) async throws -> String? {
    try await custodian.text(of: integration, in: tenant, version: version)
  }
}

/// A workspace and what is in it.
struct Tenant: Sendable {
  let workspace: UUID
  let connector: UUID
  /// Of two customers; the first has two versions, `secret-N-0-1` and `secret-N-0-2`, the second one, `secret-N-1-1`.
  let integrations: [UUID]

  static func make(_ number: Int, in custodian: Custodian) async throws -> Tenant {
    let tenant = Tenant(workspace: UUID(), connector: UUID(), integrations: [UUID(), UUID()])
    try await custodian.createWorkspace(id: tenant.workspace, name: "w\(number)", origins: [], by: .commandLine)
    try await custodian.change(.test, tenant.plainRows)
    for (index, version) in [(0, 1), (0, 2), (1, 1)] {
      try await custodian.put("secret-\(number)-\(index)-\(version)", to: tenant.integrations[index], in: tenant)
    }
    for name in ["connector/\(tenant.connector.text)/client_secret", "attempt/x/pkce"] {
      let row = try custodian.seal(Secret(copying: Array(name.utf8)), name: name, workspace: tenant.workspace)
      try await custodian.change(.test) { try $0.insert(row) }
    }
    return tenant
  }

  var customers: [String] { ["customer-1", "customer-2"] }

  private func plainRows(_ change: CustodyChange) throws {
    try change.insert(connectorRow(connector, slug: "one"))
    try change.insert(connectorRow(UUID(), slug: "two"))
    for (integration, customer) in zip(integrations, customers) {
      try change.insert(
        IntegrationRow(
          integration: integration, workspace: workspace, customer: customer, connector: connector,
          lifecycle: .ready, since: change.now, createdAt: change.now))
    }
    for integration in integrations {
      try change.insert(
        DeadlineRow(
          integration: integration, workspace: workspace, grantNumber: 1, at: change.now + .seconds(86_400),
          reason: .absoluteLimit, beganAt: change.now, noticeAt: change.now))
    }
    try bookkeeping(change)
    for number: UInt8 in 1...2 {
      try change.insert(certificateRow("kid-\(number)", at: change.now))
      try change.insert(
        AccessKeyRow(
          prefix: "\(workspace.text)-\(number)", workspace: workspace, role: .read, hash: [number], createdAt: change.now))
      try change.insert(attemptRow(number, at: change.now))
      try change.insert(
        RefreshAttemptRow(
          integration: integrations[0], fence: Int64(number), workspace: workspace, grantNumber: 1, usedVersion: 1,
          fingerprint: [number], startedAt: change.now))
      try change.insert(
        IncidentRow(
          incident: UUID(), workspace: workspace, connector: connector, kind: .misconfigured, reason: "r\(number)",
          openedAt: change.now))
      try change.insert(
        RevocationRow(
          revocation: UUID(), workspace: workspace, integration: integrations[0], connector: connector, actor: "a",
          parameters: "{}", reason: .disconnected, dueAt: change.now, expiresAt: change.now, createdAt: change.now))
    }
  }

  private func bookkeeping(_ change: CustodyChange) throws {
    for (integration, customer) in zip(integrations, customers) {
      let number = try change.nextEventSequence(integration)
      try change.append(
        TransitionRow(
          integration: integration, sequence: number, at: change.now, event: "connect", fromState: "pending",
          toState: "ready", grantNumber: 1))
      try change.append(
        EventRow(
          workspace: workspace, integration: integration, integrationSequence: number, customer: customer, type: .pending,
          payload: "{}", createdAt: change.now))
    }
    for number in 1...2 {
      try change.spend(SpentSecretRow(workspace: workspace, jti: "jti-\(number)", spentAt: change.now))
    }
  }

  func certificateRow(_ kid: String, at now: Instant) -> CertificateRow {
    CertificateRow(workspace: workspace, kid: kid, spki: Array(kid.utf8), state: .live, createdAt: now)
  }

  private func connectorRow(_ id: UUID, slug: String) -> ConnectorRow {
    ConnectorRow(
      connector: id, workspace: workspace, slug: slug, provider: "p", clientID: "c", secretVersion: 1, scopes: "a",
      identityPolicy: .sameActor, importPolicy: .immediate, parameters: "{}", createdAt: Instant(milliseconds: 1))
  }

  private func attemptRow(_ number: UInt8, at now: Instant) -> AttemptRow {
    AttemptRow(
      attempt: UUID(), workspace: workspace, connector: connector, integration: integrations[0], purpose: .connect,
      authority: .secret, parameters: "{}", listener: UUID().text, ticketHash: Array(UUID().text.utf8),
      grantNumber: 0, createdAt: now, expiresAt: now)
  }
}

extension AuditEntry {
  static let test = AuditEntry("test.change", "test", workspace: nil, by: .commandLine)
}

extension Custodian {
  /// Commits `secret` as the next version of an integration's credential, as Renewal does it.
  func put(_ secret: String, to integration: UUID, in tenant: Tenant) async throws {
    let head = try view { try $0.integration(integration, workspace: tenant.workspace) }
    let sealed = try seal(fields(secret), integration: head, version: head.lastVersion + 1)
    try await change(AuditEntry("credential.put", "integration/\(integration.text)", workspace: nil, by: .commandLine)) {
      try $0.commit(sealed, to: head)
    }
  }

  func fields(_ secret: String) -> CredentialFields {
    var writer = CredentialFieldsWriter()
    writer.add("api_key", Secret(copying: Array(secret.utf8)))
    return writer.finish()
  }

  func text(of integration: UUID, in tenant: Tenant, version: Int64? = nil) async throws -> String? {
    let opened = try await openCredential(
      of: integration, workspace: tenant.workspace, version: version, by: .library, purpose: "test")
    return opened.fields.text
  }

  func audit() throws -> [AuditRow] { try store.read { try $0.auditTail(limit: 10_000) } }

  /// Proves every row of a table.
  func proveAll<R: VaultLevelRow>(_: R.Type) throws -> Int { try view { try $0.rows(R.self) }.count }
  func proveAll<R: TenantRow>(_: R.Type) throws -> Int { try view { try $0.rows(R.self, matching: [:]) }.count }
}

extension CredentialFields {
  var text: String? { withField("api_key") { String(decoding: $0, as: UTF8.self) } }
}

extension CustodyChange {
  func commit(_ sealed: SealedValue, to head: IntegrationRow) throws {
    var head = head
    head.lastVersion += 1
    head.currentVersion = head.lastVersion
    try insert(
      CredentialRow(
        integration: head.integration, version: head.lastVersion, workspace: head.workspace, customer: head.customer,
        grantNumber: head.grantNumber, kind: .apiKey, origin: .put, scopes: "", refreshable: false, createdAt: now,
        sealed: sealed))
    try update(head)
  }
}
