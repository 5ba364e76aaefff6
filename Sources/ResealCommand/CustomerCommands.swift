import ArgumentParser
import Custody
import Foundation
import Renewal
import Reseal
import Storage

struct CustomerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "customer", abstract: "The company's customers, by its own ids.", subcommands: [List.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List customers with how many integrations they have.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let customers = try assembly.directory.customers(workspace: try scope.resolve(in: assembly))
        try output.print(["customer", "integrations"], customers.map { [$0.customer, $0.integrations] })
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete all integrations of a customer, for good, and revoke them at their providers.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The company's id of the customer.") var customer: String

    func run() async throws {
      try await vault.withVault { assembly in
        let workspace = try scope.resolve(in: assembly)
        let living = try assembly.directory.customers(workspace: workspace).first { $0.customer == customer }
        let count = living?.integrations ?? 0
        guard try destruction.confirm("delete \(count) integrations of \(customer), for good") else { return }
        let deleted = try await assembly.integrations.delete(customer: customer, workspace: workspace, by: .commandLine)
        try Output.line("\(deleted) integrations of \(customer) are deleted")
        try await RevocationNotice.print(assembly)
      }
    }
  }
}
