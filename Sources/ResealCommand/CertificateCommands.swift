import ArgumentParser
import Custody
import Foundation
import OAuth
import Reseal
import Storage

struct CertificateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate", abstract: "RSA keys that sign connect secrets; the vault keeps the public halves.",
    subcommands: [Create.self, Import.self, List.self, Retire.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key pair: the private half goes to a new file, the public half into the vault.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Option(help: "A new file for the private key (PEM, 0600).") var out: String
    @Option(help: "2048, 3072 or 4096.") var bits = 3072

    func run() async throws {
      let file = try PrivateFile(at: out)
      let pair = try WorkspaceKeyPair.generate(bits: bits)
      let spki = pair.spki
      let workspace = try await vault.withVault { assembly in
        let workspace = try scope.resolve(in: assembly)
        _ = try assembly.workspaces.workspace(workspace)
        return workspace
      }
      try file.publish(pair.privatePEM)
      let kid = try await vault.withVault { assembly in
        try await assembly.certificates.add(spki: spki, workspace: workspace, by: .commandLine)
      }
      try output.print(["kid": kid, "private_key": out])
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add the public half of a key that exists (PEM).")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Argument(help: "A PEM file: BEGIN PUBLIC KEY or BEGIN CERTIFICATE.") var file: String

    func run() async throws {
      guard let pem = FileManager.default.contents(atPath: file) else {
        throw CommandFailure(.local, "\(file) cannot be read")
      }
      let spki = try CertificateImport.spki(fromPEM: [UInt8](pem))
      let kid = try await vault.withVault { assembly in
        try await assembly.certificates.add(
          spki: spki, workspace: try scope.resolve(in: assembly), by: .commandLine)
      }
      try output.print(["kid": kid])
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a workspace's certificates.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.certificates.list(workspace: try scope.resolve(in: assembly))
        try output.print(["kid", "state", "created_at"], rows.map { [$0.kid, $0.state.rawValue, $0.createdAt.text] })
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Refuse connect secrets of this certificate from now on.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The certificate's kid.") var kid: String

    func run() async throws {
      guard try destruction.confirm("retire certificate \(kid): connect secrets it signs are refused") else { return }
      try await vault.withVault { assembly in
        try await assembly.certificates.retire(
          kid, workspace: try scope.resolve(in: assembly), by: .commandLine)
      }
    }
  }
}
