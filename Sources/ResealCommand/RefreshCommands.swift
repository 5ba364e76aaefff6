import ArgumentParser
import Custody
import Foundation
import Renewal
import Reseal
import Storage

struct RefreshCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Refresh tokens: what is due, or one integration's.",
    subcommands: [Run.self, Explain.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refresh what is due (--due), or one integration now. Safe beside the server and beside itself.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Argument(help: "An integration's UUID.") var integration: UUID?
    @Flag(help: "Everything that is due.") var due = false
    @Option(help: "Begin nothing after so many seconds.") var maxSeconds = 50
    @Option(help: "Refreshes at the same time.") var concurrency = 8
    @Flag(help: "For cron: say nothing unless somebody is needed.") var quiet = false

    func run() async throws {
      let signals = StopSignals()
      guard due != (integration != nil) else { throw CommandFailure(.local, "say --due, or name one integration") }
      guard concurrency > 0 else { throw CommandFailure(.local, "--concurrency is at least 1") }
      try await vault.withVault { assembly in
        if let integration { try await one(integration, assembly) } else { try await all(assembly, signals) }
      }
    }

    private func all(_ assembly: Assembly, _ signals: StopSignals) async throws {
      let deadline = assembly.now + .seconds(maxSeconds)
      let hasTime = { @Sendable in !signals.isStopping && assembly.now < deadline }
      try await assembly.clock.look()
      var notices = try await assembly.notices.run(for: DeadlineNotices.turn, while: hasTime)
      let summary = try await assembly.due.run(
        until: deadline, concurrency: concurrency, while: { !signals.isStopping })
      notices += try await assembly.notices.run(while: hasTime)
      let told = try await assembly.revocations.run(while: hasTime)
      let pruned = try await assembly.janitor.run(while: hasTime)
      if !quiet { try show(summary, notices: notices, revoked: told.ended[.revoked] ?? 0, pruned: pruned.total) }
      if summary.needHuman > 0 { throw CommandFailure(.humanNeeded, "\(summary.needHuman) integrations or connectors need somebody") }
      if summary.isPartial || summary.postponed > 0 || summary.resting > 0 {
        throw CommandFailure(.partly, quiet ? nil : "not all could be refreshed; run it again")
      }
    }

    private func show(_ summary: DueSummary, notices: Int, revoked: Int, pruned: Int) throws {
      try output.print([
        "refreshed": summary.refreshed, "postponed": summary.postponed, "need_human": summary.needHuman,
        "resting": summary.resting, "partial": summary.isPartial ? "yes" : "no", "notices": notices,
        "revoked": revoked, "pruned": pruned,
      ])
    }

    private func one(_ integration: UUID, _ assembly: Assembly) async throws {
      let workspace = try scope.resolve(in: assembly)
      let head = try assembly.directory.entry(integration, workspace: workspace).integration
      let outcome = try await assembly.refresher.refresh(
        integration, workspace: workspace, trigger: .forced(seen: head.currentVersion ?? 0))
      switch outcome {
      case .fresh(let version): try Output.line("version \(version) is current")
      case .busy: throw CommandFailure(.partly, "another process is refreshing it")
      case .degraded(_, let retryAfter), .queued(let retryAfter), .resting(_, let retryAfter):
        let next = "not before \(max(1, retryAfter.components.seconds)) s from now"
        throw CommandFailure(.partly, "\(RefreshTrouble(outcome)?.message ?? "not now") Again \(next)")
      case .dead(let reason): throw CommandFailure(.humanNeeded, "the grant is gone (\(reason)); the customer must reconnect")
      case .connectorRefused(let reason):
        throw CommandFailure(.humanNeeded, "the provider refuses the connector's registration (\(reason))")
      case .notRefreshable: throw CommandFailure(.refused, try unrefreshable(head, assembly))
      }
    }

    private func unrefreshable(_ head: IntegrationRow, _ assembly: Assembly) throws -> String {
      guard head.lifecycle == .ready, let credential = try assembly.directory.currentCredential(of: head) else {
        return "there is nothing to refresh: the integration is \(head.lifecycle.rawValue)"
      }
      let end = credential.expiresAt.map { "until \($0.text)" } ?? "and does not expire"
      return "there is nothing to refresh it with: version \(credential.version) (\(credential.kind.rawValue)) has no refresh token. It is served \(end)"
    }
  }

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say when and why an integration is refreshed next.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        let explanation = try assembly.directory.explanation(of: head)
        try Output.lines(explanation.lines)
      }
    }
  }
}
