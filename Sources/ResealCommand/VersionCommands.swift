import ArgumentParser
import Custody
import Foundation
import Renewal
import Reseal
import Storage

extension CredentialCommand {
  struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List an integration's versions, oldest first.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: IntegrationArgument

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        let rows = try assembly.directory.versions(of: head)
        try output.print(
          [
            "version", "grant", "kind", "origin", "state", "current", "refreshable", "generation", "created_at",
            "expires_at",
          ],
          rows.map {
            [
              $0.version, $0.grantNumber, $0.kind.rawValue, $0.origin.rawValue, $0.state.rawValue,
              $0.version == head.currentVersion ? "yes" : "no", $0.refreshable ? "yes" : "no",
              $0.sealed.generation, $0.createdAt.text, $0.expiresAt?.text,
            ]
          })
      }
    }
  }

  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring an older version back, as a new one under a new grant.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    @OptionGroup var destruction: DestructionOptions
    @Option(help: "The version whose fields come back.") var to: Int64
    @Flag(help: "Even where its refresh token may have been replaced, or where it has run out.") var force = false

    func run() async throws {
      try await vault.withVault { assembly in
        let plan = try assembly.rollback.plan(
          target.integration, workspace: try target.scope.resolve(in: assembly), to: to)
        if let objection = plan.objection, !force {
          throw CommandFailure(.refused, "version \(to) is not brought back: \(objection). Say --force to do it all the same")
        }
        guard try destruction.confirm(Self.words(for: plan)) else { return }
        let head = try await assembly.rollback.perform(plan, force: force, by: .commandLine)
        try Output.line("version \(head.currentVersion ?? 0) of \(head.integration.text) is current, with what version \(to) had")
      }
    }

    private static func words(for plan: RollbackPlan) -> String {
      let current = plan.head.currentVersion.map { "version \($0)" } ?? "nothing"
      let warning = plan.objection.map { " (\($0))" } ?? ""
      return "replace \(current) by what version \(plan.target.version) had, as version \(plan.head.lastVersion + 1)\(warning)"
    }
  }
}
