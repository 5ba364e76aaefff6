import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The audit log: look at it, check it, export it, prune it.",
    subcommands: [Tail.self, Verify.self, Export.self, Prune.self])

  struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the newest entries.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "How many.") var limit = 20

    func run() async throws {
      try await vault.withVault { assembly in
        try output.print(
          ["sequence", "at", "actor", "action", "subject", "detail"],
          try assembly.audit.tail(limit: limit).map {
            [$0.sequence, $0.at.text, $0.actor, $0.action, $0.subject, $0.detail]
          })
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Follow the chain and its signatures from the first entry. Exit 4 at the first one that does not fit.",
      discussion: "With --public-key no root key is needed; with --export neither is the database.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("The first public key, as init printed it.", valueName: "KEY")) var publicKey: String?
    @Option(help: ArgumentHelp("Check an exported log.", valueName: "FILE")) var export: String?
    @Option(help: ArgumentHelp("A head that was kept elsewhere and must be in the log.", valueName: "SEQUENCE:HASH"))
    var head: [String] = []

    func run() async throws {
      let heads = try head.map { text in
        guard let head = AuditHead(text) else { throw CommandFailure(.local, "\(text) is no head: give SEQUENCE:HASH") }
        return head
      }
      let report = try await report(heads)
      try output.print([
        "entries": report.entries, "keys": report.keys, "pruned_through": report.prunedThrough, "head": report.head,
        "problem": report.problem?.what, "at": report.problem?.sequence,
      ])
      if let problem = report.problem { throw problem }
    }

    private func report(_ heads: [AuditHead]) async throws -> AuditReport {
      if let export {
        guard let publicKey else { throw CommandFailure(.local, "--export needs --public-key, as init printed it") }
        guard let file = try? Data(contentsOf: URL(filePath: export), options: .mappedIfSafe) else {
          throw CommandFailure(.local, "\(export) cannot be read")
        }
        return try AuditTrail.verify(export: file, publicKey: publicKey, expecting: heads)
      }
      if let publicKey {
        return try AuditTrail.verify(database: try vault.databasePath(), publicKey: publicKey, expecting: heads)
      }
      return try await vault.withVault { try $0.audit.verify(expecting: heads) }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the whole log as lines of JSON, which anybody with the first public key can check.")

    @OptionGroup var vault: VaultOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try assembly.audit.export { try Output.line($0) }
        let key = try assembly.audit.publicKey
        Notice.line("head \(head?.text ?? "none"), first public key \(key): keep both elsewhere")
      }
    }
  }

  struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove what is older than a time, in whole key ranges. Export it first.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var destruction: DestructionOptions
    @Option(help: ArgumentHelp("RFC 3339, such as 2026-01-31T00:00:00Z.", valueName: "TIME")) var before: String

    func run() async throws {
      guard let instant = Instant(text: before) else {
        throw CommandFailure(.local, "\(before) is no time: give it as 2026-01-31T00:00:00Z")
      }
      let isRehearsal = destruction.dryRun
      guard try isRehearsal || destruction.confirm("remove the audit log's entries before \(instant.text)") else { return }
      try await vault.withVault { assembly in
        let pruning = try await assembly.audit.prune(before: instant, by: .commandLine, isRehearsal: isRehearsal)
        let verb = isRehearsal ? "would be" : "was"
        guard let through = pruning.through else {
          return try Output.line("nothing \(verb) removed: no key range of the log ended before \(instant.text)")
        }
        try Output.line("\(pruning.entries) entries \(isRehearsal ? "would be " : "")removed, up to \(through.text)")
      }
    }
  }
}
