import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Proven copies of the vault: make, check, bring back.",
    subcommands: [Create.self, Verify.self, Restore.self, Confirm.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy the vault while it is in use, prove the copy, and write its manifest beside it.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "A new file, or a folder, in which the file is named after vault and time.") var out: String

    func run() async throws {
      let made = try await vault.withVault { try await $0.backups.create(at: out, by: .commandLine) }
      try output.print([
        "file": made.file, "manifest": BackupManifest.path(of: made.file), "created_at": made.manifest.createdAt,
        "bytes": made.manifest.snapshot.bytes, "sha256": made.manifest.snapshot.sha256,
        "rows": made.manifest.tables.values.reduce(0, &+), "quarantined": made.manifest.quarantined.count,
        "omitted": made.omitted.replies.count,
      ])
      for row in made.manifest.quarantined { Notice.say("does not verify, in the vault itself: \(row)") }
      if let remedy = made.omitted.remedy { Notice.say("spool: \(made.omitted.summary) → \(remedy)") }
      if !made.manifest.quarantined.isEmpty {
        throw CommandFailure(.integrity, "the backup was made; it has rows that are not what this vault wrote, as the vault has")
      }
      if !made.omitted.replies.isEmpty {
        throw CommandFailure(.partly, "the backup was made without the replies that wait in the spool: make another when they are stored")
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare a backup with its manifest; prove every row and open every sealed value of it.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The backup. --database is not looked at.") var file: String

    func run() async throws {
      let backup = try await BackupRestore.open(file, rootKey: try vault.rootKeySource())
      try await backup.close()
      try backup.report.print(to: output)
      if !backup.report.isSound { throw CommandFailure(.integrity, "\(file) is not sound") }
    }
  }
}

extension BackupReport {
  /// The manifest in short, and all that does not hold.
  func print(to output: OutputOptions) throws {
    if output.format == .json { return try Output.line(OutputOptions.json(self)) }
    try output.print([
      "vault": manifest?.vault, "created_at": manifest?.createdAt,
      "incarnation": manifest?.incarnation,
      "audit_sequence": manifest?.audit.sequence,
      "rows": manifest?.tables.values.reduce(0, &+), "sound": isSound ? "yes" : "no",
    ])
    for problem in problems { try Output.line("DOES NOT HOLD: \(problem)") }
    for row in quarantined { try Output.line("DOES NOT VERIFY: \(row)") }
  }
}
