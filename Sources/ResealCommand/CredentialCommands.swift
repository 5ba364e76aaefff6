import ArgumentParser
import Custody
import Foundation
import OAuth
import Renewal
import Reseal
import Sealing
import Storage

struct CredentialCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credential", abstract: "The secret material of integrations.",
    subcommands: [Put.self, Get.self, History.self, Rollback.self])

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Store a credential, read from standard input: the key itself for api_key, a JSON object of strings else.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var target: IntegrationArgument
    @Option(help: "api_key, basic ({\"username\", \"password\"}) or oauth2 ({\"access_token\", \"refresh_token\"}).")
    var kind: CredentialKind
    @Option(help: "For a new integration: the connector's slug.") var connector: String?
    @Option(help: "For a new integration: the customer's id.") var customer: String?
    @Option(help: "A file instead of standard input.") var file = "-"
    @Option(help: "When it runs out, RFC 3339.") var expiresAt: String?
    @Option(help: "In how many seconds it runs out.") var expiresIn: Int?

    func run() async throws {
      guard expiresAt == nil || expiresIn == nil else {
        throw CommandFailure(.local, "give --expires-at or --expires-in, not both")
      }
      guard (0...315_360_000).contains(expiresIn ?? 0) else {
        throw CommandFailure(.local, "--expires-in is a number of seconds, up to ten years")
      }
      let end = try expiresAt.map(Self.instant)
      let fields = try Self.fields(try SecretInput.read(file), kind: kind)
      try await vault.withVault { assembly in
        let expiry = end ?? expiresIn.map { assembly.now + .seconds($0) }
        let head = try await assembly.integrations.put(
          fields, kind: kind, expiresAt: expiry, integration: target.integration,
          workspace: try target.scope.resolve(in: assembly), connector: connector, customer: customer, by: .commandLine)
        try Output.line("stored as version \(head.currentVersion ?? 0) of \(head.integration.text)")
      }
    }

    private static func instant(_ text: String) throws -> Instant {
      guard let instant = Instant(text: text) else {
        throw CommandFailure(.local, "\(text) is no time: give it as 2026-01-31T12:00:00Z")
      }
      return instant
    }

    private static func fields(_ input: consuming Secret, kind: CredentialKind) throws -> CredentialFields {
      if kind == .apiKey {
        var fields = CredentialFieldsWriter()
        fields.add("api_key", input)
        return fields.finish()
      }
      let fields = input.withBytes { bytes -> CredentialFields? in
        guard let json = SecretJSON(bytes, uniqueKeys: true) else { return nil }
        return CredentialFields.read(json)
      }
      guard let fields else {
        throw CommandFailure(.local, "a credential of kind \(kind.rawValue) is a JSON object of 1 to 32 strings")
      }
      return fields
    }
  }

  struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the current credential; its secret fields only with --reveal, and on record.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: IntegrationArgument
    @Flag(help: "Print the secret fields (not the refresh token, which never leaves the vault).") var reveal = false

    func run() async throws {
      try await vault.withVault { assembly in
        let head = try target.load(from: assembly)
        guard reveal else { return try show(head, assembly) }
        let opened = try await assembly.supply.reveal(
          of: head.integration, workspace: head.workspace, by: .commandLine)
        try print(opened)
      }
    }

    private func show(_ head: IntegrationRow, _ assembly: Assembly) throws {
      guard let row = try assembly.directory.currentCredential(of: head) else {
        throw CommandFailure(.refused, "there is no credential yet")
      }
      try output.print([
        "integration": head.integration.text, "kind": row.kind.rawValue, "version": row.version,
        "grant": row.grantNumber, "origin": row.origin.rawValue, "expires_at": row.expiresAt?.text,
        "secret": "sealed; --reveal shows it, on record",
      ])
    }

    private func print(_ opened: borrowing OpenedCredential) throws {
      var object = SecretObject()
      object.add("integration", opened.integration.integration.text)
      object.add("kind", opened.credential.kind.rawValue)
      object.add("version", opened.credential.version)
      object.add("expires_at", opened.credential.expiresAt?.text)
      for name in opened.fields.names where name != "refresh_token" {
        try opened.fields.withField(name) { value in
          if output.format == .json { object.add(name, value) } else { try Self.line(name, value) }
        }
      }
      if output.format == .json { try object.finish().withBytes { try Self.line($0) } }
    }

    private static func line(_ name: String, _ value: UnsafeRawBufferPointer) throws {
      try Output.write("\(name)  ")
      try line(value)
    }

    private static func line(_ value: UnsafeRawBufferPointer) throws {
      try Output.write(value)
      try Output.line()
    }
  }
}

extension CredentialKind: ExpressibleByArgument {}
