import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

extension ConnectorCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a connector, its live client secrets (not their values), and what is held against it.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: ConnectorArgument

    func run() async throws {
      try await vault.withVault { assembly in
        let view = try assembly.connectors.show(target.slug, workspace: try target.scope.resolve(in: assembly))
        let row = view.row
        let secrets = view.secrets.map { "\($0.version) (since \($0.createdAt.text))" }
        let incidents = view.incidents.map { "\($0.kind.rawValue): \($0.reason), since \($0.openedAt.text)" }
        try output.print([
          "connector": row.slug, "id": row.connector.text, "provider": row.provider, "client_id": row.clientID,
          "client_secrets": secrets.joined(separator: ", then "), "scopes": row.scopes,
          "policy": row.identityPolicy.rawValue, "import_policy": row.importPolicy.rawValue,
          "incidents": incidents.isEmpty ? "none" : incidents.joined(separator: "; "),
          "resting": view.resting.map { "\($0.reason), for \($0.left.components.seconds) s yet" } ?? "no",
          "created_at": row.createdAt.text,
        ])
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a connector: a new client secret beside the old one, scopes, policies.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: ConnectorArgument
    @Option(help: "A new client secret: a file, or - for standard input. The one before it stays live as the second.")
    var clientSecretFile: String?
    @Flag(help: "Forget the client secret that is not the preferred one.") var dropOtherSecret = false
    @Option(name: .customLong("scope"), help: "A scope that is needed; all of them anew; may be repeated.")
    var scopes: [String] = []
    @Option(help: "Who may repair an integration: same_actor, same_tenant or any.") var policy: IdentityPolicy?
    @Option(help: "When an import counts as done: immediate, or reported by the backend.") var importPolicy: ImportPolicy?

    func run() async throws {
      var plain = ConnectorChange.Plain()
      (plain.identityPolicy, plain.importPolicy, plain.dropsOtherSecret) = (policy, importPolicy, dropOtherSecret)
      if !scopes.isEmpty { plain.scopes = scopes }
      guard clientSecretFile != nil || dropOtherSecret || policy != nil || importPolicy != nil || !scopes.isEmpty else {
        throw CommandFailure(.local, "say what to change; see --help")
      }
      var change: ConnectorChange? = ConnectorChange(
        clientSecret: try clientSecretFile.map(SecretInputPath.init)?.read(), plain: plain)
      try await vault.withVault { assembly in
        guard let change = change.take() else { return }
        let row = try await assembly.connectors.update(
          target.slug, workspace: try target.scope.resolve(in: assembly), change, by: .commandLine)
        try Output.line("\(row.slug) is changed; its refreshes go on")
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go on with a connector's refreshes at once; for a day, refused tokens are believed, however many.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: ConnectorArgument

    func run() async throws {
      try await vault.withVault { assembly in
        try await assembly.connectors.resume(
          target.slug, workspace: try target.scope.resolve(in: assembly), by: .commandLine)
        try Output.line("\(target.slug) goes on")
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a connector out of use, with its client secrets. It must have no integrations.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: ConnectorArgument
    @OptionGroup var destruction: DestructionOptions

    func run() async throws {
      guard try destruction.confirm("remove the connector \(target.slug)") else { return }
      try await vault.withVault { assembly in
        try await assembly.connectors.remove(
          target.slug, workspace: try target.scope.resolve(in: assembly), by: .commandLine)
        try Output.line("\(target.slug) is removed")
      }
    }
  }
}

/// A connector by its slug.
struct ConnectorArgument: ParsableArguments {
  @OptionGroup var scope: WorkspaceOption
  @Argument(help: "The connector's slug.") var slug: String
}
