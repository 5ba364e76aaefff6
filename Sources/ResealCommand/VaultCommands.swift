import ArgumentParser
import Custody
import Foundation
import Reseal
import Sealing
import Storage

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a new vault: database, a slot for the root key's source, recovery key.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var recovery: RecoveryKeyOutput

  func run() async throws {
    let path = try vault.databasePath()
    let source = try vault.rootKeySource()
    let (made, printed) = try await recovery.take {
      let made = try await Assembly.create(at: path, rootKey: source)
      return (made: made, recoveryKey: made.recoveryKey)
    }
    output.print([
      "vault": made.vault, "database": path, "recovery_key": printed,
      "recovery_file": printed == nil ? recovery.recoveryOut : nil, "audit_public_key": made.auditPublicKey,
    ])
    if output.format == .table {
      print("\nKeep the recovery key offline: it opens this vault when the root key is lost. It is not shown again.")
      print("Without root key and recovery key the vault is lost, by design.")
    }
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show workspaces, integrations by state, and what is due.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await vault.withVault { assembly in
      let rows: [[String?]] = try assembly.workspaces.list().map { row in
        let counts = try assembly.workspaces.counts(of: row.workspace)
        let warning = try assembly.workspaceKeys.compromise(of: row.workspace).warning
        let primary = try assembly.workspaceKeys.generations(of: row.workspace).first { $0.state == .primary }
        return [
          row.workspace.text, row.name, String(counts.integrations), String(counts.needReauthorization),
          primary.map { String($0.number) },
          warning.map { output.format == .table ? inRed($0) : $0 },
        ]
      }
      output.print(["workspace", "name", "integrations", "need_reauthorization", "generation", "warning"], rows)
      guard rows.allSatisfy({ $0.last! == nil }) else {
        throw CommandFailure(.humanNeeded, "workspace keys are known to others; docs/operation.md says what to do")
      }
    }
  }
}

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Prove every row and open every sealed value. Exit 4 if one does not.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await vault.withVault { try await $0.inspection.verify() }
    switch output.format {
    case .json: print(OutputOptions.json(report))
    case .table: Self.summarize(report)
    }
    if !report.isSound {
      throw CommandFailure(
        .integrity,
        report.problems.isEmpty
          ? "the audit log is not what this vault wrote" : "\(report.problems.count) rows are not what this vault wrote")
    }
  }

  private static func summarize(_ report: VerificationReport) {
    for (table, count) in report.rows.sorted(by: { $0.key < $1.key }) { print("\(table): \(count) rows verified") }
    print("sealed values opened: \(report.opened)")
    for (workspace, generations) in report.generations.sorted(by: { $0.key < $1.key }) {
      let parts = generations.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map { "\($0.value) under generation \($0.key)" }
      print("workspace \(workspace): \(parts.joined(separator: ", "))")
    }
    print(
      report.leftBehind == 0
        ? "nothing is left under an older generation" : "\(report.leftBehind) rows are left under another generation than the primary")
    print("audit log: \(report.audit.entries) entries followed, under \(report.audit.keys) keys")
    for problem in report.problems { print("DOES NOT VERIFY: \(problem)") }
    if let problem = report.audit.problem { print("DOES NOT VERIFY: audit/\(problem.sequence): \(problem.what)") }
  }
}
