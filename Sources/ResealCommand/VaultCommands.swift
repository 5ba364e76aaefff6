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
    let file = try recovery.begin()
    do {
      // Shown before the vault is there: a key that nobody saw would be lost with it.
      try await Assembly.create(at: path, rootKey: source) { made in
        try file?.publish(recoveryKey: made.recoveryKey)
        try show(made, at: path)
      }
    } catch {
      file?.withdraw()
      throw error
    }
  }

  private func show(_ made: NewVault, at path: String) throws {
    try output.print([
      "vault": made.id, "database": path, "recovery_key": recovery.recoveryOut == nil ? made.recoveryKey : nil,
      "recovery_file": recovery.recoveryOut, "audit_public_key": made.auditPublicKey,
    ])
    guard output.format == .table else { return }
    try Output.lines([
      "", "Keep the recovery key offline: it opens this vault when the root key is lost. It is not shown again.",
      "Without root key and recovery key the vault is lost, by design.",
    ])
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show workspaces, integrations by state, and what is due.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await vault.withVault { assembly in
      let rows: [[(any Cell)?]] = try assembly.workspaces.list().map { row in
        let counts = try assembly.workspaces.counts(of: row.workspace)
        let warning = try assembly.workspaceKeys.compromise(of: row.workspace).warning
        let primary = try assembly.workspaceKeys.generations(of: row.workspace).first { $0.state == .primary }
        return [
          row.workspace.text, row.name, counts.integrations, counts.needReauthorization, primary?.number,
          warning.map { output.format == .table ? inRed($0) : $0 },
        ]
      }
      try output.print(["workspace", "name", "integrations", "need_reauthorization", "generation", "warning"], rows)
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
    case .json: try Output.line(OutputOptions.json(report))
    case .table: try Self.summarize(report)
    }
    guard report.vault.isSound else {
      let problems = report.vault.problems.count
      throw CommandFailure(
        .integrity,
        problems == 0 ? "the audit log is not what this vault wrote" : "\(problems) rows are not what this vault wrote")
    }
  }

  private static func summarize(_ inspection: InspectionReport) throws {
    let report = inspection.vault
    for (table, count) in report.rows.sorted(by: { $0.key < $1.key }) { try Output.line("\(table): \(count) rows verified") }
    try Output.line("sealed values opened: \(report.opened)")
    for (workspace, generations) in report.generations.sorted(by: { $0.key < $1.key }) {
      let parts = generations.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map { "\($0.value) under generation \($0.key)" }
      try Output.line("workspace \(workspace): \(parts.joined(separator: ", "))")
    }
    try Output.line(
      report.leftBehind == 0
        ? "nothing is left under an older generation" : "\(report.leftBehind) rows are left under another generation than the primary")
    try Output.line("audit log: \(report.audit.entries) entries followed, under \(report.audit.keys) keys")
    try Output.line("spool: \(inspection.spool.summary)")
    if let remedy = inspection.spool.remedy { try Output.line("      → \(remedy)") }
    for problem in report.problems { try Output.line("DOES NOT VERIFY: \(problem)") }
    if let problem = report.audit.problem { try Output.line("DOES NOT VERIFY: audit/\(problem.sequence): \(problem.what)") }
  }
}
