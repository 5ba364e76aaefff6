import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct AccessKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "access-key", abstract: "Backends' keys to the HTTP API.",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a key; it is shown once.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Option(help: "read (metadata), use (credentials), write or admin.") var role: AccessRole

    func run() async throws {
      let key = try await vault.withVault { assembly in
        try await assembly.accessKeys.create(
          role: role, workspace: try scope.resolve(in: assembly), by: .commandLine)
      }
      do { try show(key) } catch let error as CommandFailure {
        throw CommandFailure(
          .local, "\(error.message ?? ""). Nobody has seen the new key: revoke it (access-key list) and make another")
      }
    }

    private func show(_ key: String) throws {
      switch output.format {
      case .json: try output.print(["access_key": key, "role": role.rawValue])
      case .table: try Output.line(key)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a workspace's keys, by their public prefix.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.accessKeys.list(workspace: try scope.resolve(in: assembly))
        try output.print(
          ["prefix", "role", "created_at", "revoked_at", "disabled_at"],
          rows.map { [$0.prefix, $0.role.rawValue, $0.createdAt.text, $0.revokedAt?.text, $0.disabledAt?.text] })
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Revoke a key.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The key's 8-character prefix.") var prefix: String

    func run() async throws {
      guard try destruction.confirm("revoke access key \(prefix)") else { return }
      try await vault.withVault { assembly in
        try await assembly.accessKeys.revoke(
          prefix, workspace: try scope.resolve(in: assembly), by: .commandLine)
      }
    }
  }
}

extension AccessRole: ExpressibleByArgument {}
