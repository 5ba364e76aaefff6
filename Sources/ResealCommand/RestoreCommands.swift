import ArgumentParser
import Custody
import Foundation
import Renewal
import Reseal
import Storage

extension BackupCommand {
  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a vault of a backup, at --database, where nothing may be yet.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The backup.") var file: String
    @Flag(help: "The vault of the backup serves and refreshes no more, nowhere: its refresh tokens may be used.")
    var originalGone = false
    @Flag(help: "Restore although rows do not verify: they stay where they are, serve nobody, and are named.")
    var quarantine = false

    func run() async throws {
      let database = try vault.databasePath()
      if FileManager.default.fileExists(atPath: database) { throw StorageError.exists(path: database) }
      let backup = try await BackupRestore.open(file, rootKey: try vault.rootKeySource())
      do {
        try await restore(backup, to: database)
        try await backup.close()
      } catch {
        try? await backup.close()
        throw error
      }
    }

    private func restore(_ backup: BackupRestore, to database: String) async throws {
      let report = backup.report
      guard report.isGenuine, report.isSound || quarantine else {
        try report.print(to: output)
        throw CommandFailure(.integrity, "\(file) is not sound; nothing was restored")
      }
      guard try destruction.confirm(words(report, database)) else { return }
      let count = try await backup.restore(
        to: database, originalIsGone: originalGone, quarantine: quarantine, by: .commandLine)
      try output.print([
        "database": database, "access_keys_disabled": count.disabled.accessKeys,
        "certificates_disabled": count.disabled.certificates, "attempts_ended": count.attempts,
        "refresh_attempts_ended": count.refreshAttempts, "quarantined": report.quarantined.count,
      ])
      for problem in report.problems { Notice.say(problem) }
      for row in report.quarantined { Notice.say("does not verify, and serves nobody: \(row)") }
      if output.format == .table { try Output.line("\nAccess keys and certificates are refused until `reseal backup confirm`.") }
      if !report.isSound { throw CommandFailure(.humanNeeded, "restored from a backup that is not sound: look at what was named") }
    }

    private func words(_ report: BackupReport, _ database: String) -> String {
      let tokens =
        originalGone
        ? "its refresh tokens will be used: the original vault must never run again"
        : "refresh tokens that providers replace will not be used"
      return "make a vault at \(database) of the backup of \(report.manifest?.createdAt ?? "?"); \(tokens)"
    }
  }

  struct Confirm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let access keys and certificates that came with a backup be used again. Revoke first what must not be.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var destruction: DestructionOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let (accessKeys, certificates) = try assembly.backups.unconfirmed()
        guard !accessKeys.isEmpty || !certificates.isEmpty else {
          throw CommandFailure(.refused, "nothing waits to be confirmed")
        }
        try output.print(
          ["kind", "name", "workspace", "created_at"],
          accessKeys.map { ["access-key", $0.prefix, $0.workspace.text, $0.createdAt.text] }
            + certificates.map { ["certificate", $0.kid, $0.workspace.text, $0.createdAt.text] })
        guard
          try destruction.confirm(
            "let \(accessKeys.count) access keys and \(certificates.count) certificates be used again")
        else { return }
        try await assembly.backups.confirm(by: .commandLine)
      }
    }
  }
}
