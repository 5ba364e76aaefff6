import ArgumentParser
import Catalogue
import Custody
import Foundation
import Reseal
import Sealing
import Storage

struct ConnectorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connector", abstract: "A workspace's registrations with providers.",
    subcommands: [Add.self, List.self, Show.self, Update.self, Resume.self, Remove.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a connector; its client secret is read, not given.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Argument(help: "The slug that pages hand to connect().") var slug: String
    @Option(help: "The provider's slug in the catalogue; the connector's own without it.") var provider: String?
    @Option(name: .customLong("client-id"), help: "The client id that the provider gave.") var clientID = ""
    @Option(help: "The client secret: a file, or - for standard input.") var clientSecretFile: String?
    @Option(name: .customLong("scope"), help: "A scope that is needed; may be repeated.") var scopes: [String] = []
    @Option(help: "Who may repair an integration: same_actor, same_tenant or any.")
    var policy = IdentityPolicy.sameTenant
    @Option(help: "When an import counts as done: immediate, or reported by the backend.")
    var importPolicy = ImportPolicy.immediate
    @Option(help: "A fixed value for the provider's ${NAME}: NAME=VALUE; may be repeated.") var parameter: [String] = []

    func run() async throws {
      let draft = ConnectorDraft(
        slug: slug, provider: provider ?? slug, clientID: clientID, scopes: scopes, identityPolicy: policy,
        importPolicy: importPolicy, parameters: try Self.parameters(parameter))
      var secret = try clientSecretFile.map(SecretInputPath.init)?.read()
      try await vault.withVault { assembly in
        guard let provider = assembly.catalogue.provider(draft.provider) else {
          throw CommandFailure(
            .refused, "the catalogue has no provider \(draft.provider): see reseal provider list, and --providers DIR")
        }
        if provider.kind == .oauth2, clientID.isEmpty { throw CommandFailure(.local, "give --client-id: \(provider.name) uses OAuth") }
        let row = try await assembly.connectors.add(
          draft, clientSecret: secret.take(), workspace: try scope.resolve(in: assembly), by: .commandLine)
        try output.print([
          "connector": row.slug, "id": row.connector.text, "provider": row.provider,
          "redirect_uri": assembly.address.redirectURI ?? "{public_url}/oauth/callback",
        ])
      }
    }

    private static func parameters(_ pairs: [String]) throws -> [String: String] {
      try pairs.reduce(into: [:]) { result, pair in
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw CommandFailure(.local, "\(pair) is not NAME=VALUE") }
        result[String(parts[0])] = String(parts[1])
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a workspace's connectors.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.connectors.list(workspace: try scope.resolve(in: assembly))
        try output.print(
          ["connector", "provider", "client_id", "scopes", "policy", "created_at"],
          rows.map { [$0.slug, $0.provider, $0.clientID, $0.scopes, $0.identityPolicy.rawValue, $0.createdAt.text] })
      }
    }
  }
}

/// A file or `-` that holds a secret.
struct SecretInputPath {
  let path: String
  init(_ path: String) { self.path = path }
  func read() throws -> Secret { try SecretInput.read(path) }
}

extension IdentityPolicy: ExpressibleByArgument {}
extension ImportPolicy: ExpressibleByArgument {}
