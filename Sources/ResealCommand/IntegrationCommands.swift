import ArgumentParser
import Broker
import Custody
import Foundation
import Renewal
import Reseal
import Storage

struct IntegrationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integration", abstract: "Customers' links through connectors.",
    subcommands: [List.self, Show.self, LinkCommand.self, Suspend.self, Resume.self, Disconnect.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List integrations with their states.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Option(help: "Only this customer's.") var customer: String?
    @Option(help: "At most so many.") var limit = 1000

    func run() async throws {
      try await vault.withVault { assembly in
        let workspace = try scope.resolve(in: assembly)
        let rows = try assembly.directory.entries(workspace: workspace, customer: customer, limit: limit).map(\.integration)
        try output.print(
          ["integration", "customer", "state", "reason", "since", "version", "grant"],
          rows.map {
            [
              $0.integration.text, $0.customer, PublishedState($0.state).word, $0.reasonCode, $0.since.text,
              $0.currentVersion, $0.grantNumber,
            ]
          })
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show an integration and its life so far.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: IntegrationArgument

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        let standing = try assembly.directory.entry(of: head).standing
        try output.print([
          "integration": head.integration.text, "customer": head.customer, "name": head.name, "state": standing.state.word,
          "reason": standing.reason, "next_action": standing.nextAction.rawValue, "since": head.since.text,
          "serving": standing.isServing ? "yes" : "no", "refreshing": standing.isRefreshing ? "yes" : "no",
          "deadline_at": standing.deadlineAt?.text,
          "version": head.currentVersion, "grant": head.grantNumber,
          "account": head.identity?.masked, "verified_at": head.verifiedAt?.text, "created_at": head.createdAt.text,
        ])
        guard output.format == .table else { return }
        let (steps, now) = (try assembly.directory.timeline(of: head), assembly.now)
        try Output.line()
        try output.print(["at", "ago", "what"], steps.map { [$0.at.text, (now - $0.at).inWords, $0.text] })
      }
    }
  }

  struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve nothing of it until it is resumed; refreshing goes on.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    func run() async throws { try await target.apply(.suspended, vault) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lift a suspension.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    func run() async throws { try await target.apply(.resumed, vault) }
  }

  struct Disconnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop serving and refreshing it, and revoke it at the provider; the customer can connect again.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    @OptionGroup var destruction: DestructionOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        guard try destruction.confirm("disconnect \(head.integration.text) of \(head.customer)") else { return }
        try await target.apply(.disconnected, assembly)
        try await RevocationNotice.print(of: head.integration, assembly)
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shred all of it for good, and revoke it at the provider; its id stays taken.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    @OptionGroup var destruction: DestructionOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        let versions = try assembly.directory.versions(of: head).count
        guard try destruction.confirm("delete \(head.integration.text) of \(head.customer) with \(versions) versions, for good")
        else { return }
        try await target.apply(.deleted, assembly)
        try await RevocationNotice.print(of: head.integration, assembly)
      }
    }
  }
}

/// An integration by its id.
struct IntegrationArgument: ParsableArguments {
  @OptionGroup var scope: WorkspaceOption
  @Argument(help: "The integration's UUID.") var integration: UUID

  func load(from assembly: Assembly) throws -> IntegrationRow {
    let workspace = try scope.resolve(in: assembly)
    return try assembly.directory.entry(integration, workspace: workspace).integration
  }

  func apply(_ event: IntegrationEvent, _ vault: VaultOptions) async throws {
    try await vault.withVault { try await apply(event, $0) }
  }

  func apply(_ event: IntegrationEvent, _ assembly: Assembly) async throws {
    let head = try await assembly.integrations.apply(
      event, to: integration, workspace: try scope.resolve(in: assembly), by: .commandLine)
    try Output.line("\(head.integration.text) is \(PublishedState(head.state).word)")
  }
}
