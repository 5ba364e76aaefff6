import ArgumentParser
import Custody
import Foundation
import Renewal
import Reseal
import Storage

/// Links for customers: to repair one integration, all that are in a state, or to connect for the first time.
struct LinkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "link", abstract: "Print links with which customers repair integrations, or connect.",
    discussion: """
      With an integration's UUID, or --state: renewal links, good for seven days. With --customer and --connector: a \
      link for a first connect, good for half an hour.
      """)

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var scope: WorkspaceOption
  @Argument(help: "The integration's UUID.") var integration: UUID?
  @Option(help: "All integrations in this state: needs_reauthorization, revoked, expiring, …") var state: PublishedState?
  @Option(help: "Only this customer's; without --state, the customer who is to connect.") var customer: String?
  @Option(help: "Only this connector's; without --state, the connector to connect by.") var connector: String?
  @Option(help: "The new integration's name.") var name: String?

  func run() async throws {
    try await vault.withVault { assembly in
      guard assembly.address.url != nil else { throw ConnectRefusal.noPublicURL }
      let workspace = try scope.resolve(in: assembly)
      switch (integration, state) {
      case (let id?, nil): try repair(id, workspace, assembly)
      case (nil, let state?): try repairAll(state, workspace, assembly)
      case (nil, nil): try await connect(workspace, assembly)
      default: throw CommandFailure(.local, "name one integration, or say --state, or --customer with --connector")
      }
    }
  }

  private func repair(_ id: UUID, _ workspace: UUID, _ assembly: Assembly) throws {
    let entry = try assembly.directory.entry(id, workspace: workspace)
    try entry.integration.requireRenewable()
    try show([entry.integration], assembly, isAlone: true)
  }

  private func repairAll(_ state: PublishedState, _ workspace: UUID, _ assembly: Assembly) throws {
    if let refusal = state.refusal { throw refusal }
    if let connector { try assembly.directory.requireConnector(connector, workspace: workspace) }
    let entries = try assembly.directory.entries(workspace: workspace, customer: customer, in: state)
    try show(entries.filter { connector == nil || $0.connector == connector }.map(\.integration), assembly, isAlone: false)
  }

  /// A line each, or the address alone.
  private func show(_ heads: [IntegrationRow], _ assembly: Assembly, isAlone: Bool) throws {
    let rows = heads.map { [$0.integration.text, $0.customer, assembly.renewLink.url(for: $0.integration) ?? ""] }
    switch output.format {
    case .json: try output.print(["integration", "customer", "url"], rows)
    case .table: try Output.lines(rows.map { isAlone ? $0[2] : $0.joined(separator: "  ") })
    }
  }

  private func connect(_ workspace: UUID, _ assembly: Assembly) async throws {
    guard customer != nil, connector != nil else {
      throw CommandFailure(.local, "name one integration, or say --state, or --customer with --connector")
    }
    var draft = ConnectSessionDraft(workspace: workspace)
    (draft.connector, draft.customer, draft.name) = (connector, customer, name)
    let session = try assembly.sessions.open(draft)
    let (token, expiresAt) = assembly.sessions.make(session)
    try await assembly.sessions.record(session, by: .commandLine)
    let url = assembly.sessions.url(of: token)
    switch output.format {
    case .json: try output.print(["customer": customer, "url": url, "expires_at": expiresAt.text])
    case .table: try Output.line(url ?? "")
    }
  }
}

extension PublishedState: ExpressibleByArgument {
  /// Why nobody repairs what is in this state.
  fileprivate var refusal: ConnectRefusal? {
    switch self {
    case .deleted: .deleted
    case .suspended: .suspended
    default: nil
    }
  }
}
