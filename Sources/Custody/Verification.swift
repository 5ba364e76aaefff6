import Foundation
import Sealing
import Storage

/// What `reseal verify` found.
package struct VerificationReport: Sendable, Codable {
  /// Rows whose MAC was proven, by table.
  package var rows: [String: Int] = [:]
  /// Sealed values that were opened, and wiped again.
  package var opened = 0
  /// Rows by workspace and generation: `generations["UUID"]["2"]`.
  package var generations: [String: [String: Int]] = [:]
  /// `table/key` of everything that does not verify, or does not agree with the audit log.
  package var problems: [String] = []
  /// What following the audit log found.
  package var audit = AuditReport()

  package var isSound: Bool { problems.isEmpty && audit.isSound }

  /// Rows that are under another generation than their workspace's primary.
  package var leftBehind: Int = 0

  /// A damaged key ring is found as a row, and again where its workspace is looked at.
  fileprivate mutating func nameEachOnce() {
    var named: Set<String> = []
    problems.removeAll { !named.insert($0).inserted }
  }

  /// - Throws: the error, where it says nothing about what was looked at: a disk that cannot be read is no alarm.
  mutating func note(_ error: any Error, at what: String) throws {
    switch error {
    case CustodyError.integrity(let table, let key): problems.append("\(table)/\(key)")
    case CustodyError.notFound, StorageError.malformedRow: problems.append(what)
    default: throw error
    }
  }
}

extension Custodian {
  /// Proves every row, holds it against the audit log both ways, follows the log, and opens every sealed value, under
  /// one snapshot. Nothing is recorded as an opening, because nothing leaves: each plaintext is wiped where it was opened.
  package func verify() async throws -> VerificationReport {
    let entry = AuditEntry("vault.verify", "vault/\(vaultID)", workspace: nil, by: .commandLine)
    try await change(entry) { _ in }
    return try proof()
  }

  /// The same, without a word in the log: for a copy that nobody writes.
  func proof() throws -> VerificationReport {
    try view { view in
      var report = VerificationReport()
      report.audit = try verifyAudit(in: view.tx)
      var seen: [String: Int] = [:]
      try view.verifyVaultTables(into: &report)
      if try view.tx.lastEvent() >= EventRow.numbersEnd { report.problems.append("sqlite_sequence/events") }
      for row in try view.tx.rows(WorkspaceRow.self) {
        do {
          let ring = try keys.ring(row.workspace, in: view.tx)
          try view.verifySecretHalves(of: row.workspace, ring.states, into: &report)
          for table in TenantTables.all {
            seen[table.table, default: 0] += try view.verify(
              table, workspace: row.workspace, ring: ring, into: &report)
          }
        } catch {
          try report.note(error, at: "workspaces/\(row.workspace.text)")
        }
      }
      for table in TenantTables.all {
        if try view.count(table) != seen[table.table, default: 0] { report.problems.append("\(table.table)/?") }
        try view.verifyNothingIsMissing(table, into: &report)
      }
      report.nameEachOnce()
      return report
    }
  }
}

extension CustodyView {
  /// - Returns: how many rows it looked at.
  fileprivate func verify<R: TenantRow>(
    _: R.Type, workspace: UUID, ring: KeyRing, into report: inout VerificationReport
  ) throws -> Int {
    let primary = try ring.primary().number
    var seen = 0
    var cursor: Int64? = Page<R>.start
    while let first = cursor {
      let page = try tx.page(R.self, workspace: workspace, from: first, limit: 500)
      report.problems += page.malformed.map { "\(R.table)/\($0)" }
      seen += page.rows.count + page.malformed.count
      for row in page.rows {
        do {
          try keys.requireMAC(row, in: ring)
          try tx.requireNewest(row, keys: keys)
          if let sealed = row as? any SealedRow { try open(sealed, in: ring, into: &report) }
          if let integration = row as? IntegrationRow { try requireCurrentVersion(of: integration) }
          report.rows[R.table, default: 0] += 1
          let generation = (row as? any SealedRow)?.sealed.generation ?? row.seal.generation
          report.generations[workspace.text, default: [:]][String(generation), default: 0] += 1
          if !row.isUnder(primary) { report.leftBehind += 1 }
        } catch {
          try report.note(error, at: "\(R.table)/\(row.keyText)")
        }
      }
      cursor = page.next
    }
    return seen
  }

  /// A generation has its secret half until it is destroyed. The log does not tell: it keeps no digest of a wrap.
  fileprivate func verifySecretHalves(
    of workspace: UUID, _ states: GenerationStates, into report: inout VerificationReport
  ) throws {
    report.problems += try tx.rows(WorkspaceKeyRow.self, matching: ["workspace": .uuid(workspace)])
      .filter { ($0.wrapped == nil) != (states[$0.generation] == .destroyed) }
      .map { "\(WorkspaceKeyRow.table)/\($0.keyText)" }
  }

  /// The other way round: every row that the log knows of is there.
  func verifyNothingIsMissing<R: StoredRow>(_: R.Type, into report: inout VerificationReport) throws {
    report.problems += try tx.missingRows(R.self).map { "\(R.table)/\($0)" }
  }

  /// Rows of every workspace, and of none: those are in nobody's page.
  fileprivate func count<R: TenantRow>(_: R.Type) throws -> Int { try tx.count(R.self) }

  private func open(_ row: some SealedRow, in ring: KeyRing, into report: inout VerificationReport) throws {
    guard let generation = ring.usable(row.sealed.generation) else { throw integrity(row) }
    do {
      _ = try generation.open(row.sealed, in: row.context(vault: keys.vault))
      report.opened += 1
    } catch {
      throw integrity(row)
    }
  }

  /// A head that points at a version must have it.
  private func requireCurrentVersion(of head: IntegrationRow) throws {
    guard let version = head.currentVersion else { return }
    let row = try credential(of: head, version: version)
    guard row.state == .committed else { throw integrity(head) }
  }
}
