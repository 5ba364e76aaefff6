import ArgumentParser
import Custody
import Foundation
import Reseal
import Sealing
import Storage

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a new vault: database, root key file, recovery key.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Write the recovery key to this file (0600) and do not print it.")
  var recoveryOut: String?

  func run() async throws {
    let path = try vault.databasePath()
    let source = try vault.rootKeySource()
    if let recoveryOut { try PrivateFile.reserve(recoveryOut) }
    let made: (vault: String, recoveryKey: String, auditPublicKey: String)
    do {
      made = try await Assembly.create(at: path, rootKey: source)
    } catch {
      if let recoveryOut { try? FileManager.default.removeItem(atPath: recoveryOut) }
      throw error
    }
    let isWritten = try write(made.recoveryKey)
    output.print([
      "vault": made.vault, "database": path, "recovery_key": isWritten ? nil : made.recoveryKey,
      "recovery_file": isWritten ? recoveryOut : nil, "audit_public_key": made.auditPublicKey,
    ])
    if output.format == .table {
      print("\nKeep the recovery key offline: it opens this vault when the root key is lost. It is not shown again.")
      print("Without root key and recovery key the vault is lost, by design.")
    }
  }
}

extension InitCommand {
  /// - Returns: whether the key is in its file. If the file cannot be written after all, the key is printed: it exists
  ///   nowhere else.
  private func write(_ recoveryKey: String) throws -> Bool {
    guard let recoveryOut else { return false }
    do {
      try PrivateFile.fill(recoveryOut, Secret(copying: Array((recoveryKey + "\n").utf8)))
      return true
    } catch {
      FileHandle.standardError.write(Data("reseal: \(recoveryOut) could not be written; the recovery key is printed\n".utf8))
      return false
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

struct RootKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "root", abstract: "The root key and its slots.", subcommands: [Slots.self])

  struct Slots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the slots that open the root key.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.inspection.rootSlots()
        output.print(["slot", "kind", "created_at"], rows.map { [$0.slot, $0.kind, $0.createdAt.text] })
      }
    }
  }
}
