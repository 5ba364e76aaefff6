import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct WorkspaceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workspace", abstract: "Tenants of the vault.",
    subcommands: [Create.self, List.self, Show.self, Update.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a workspace with its first key generation.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Its UUID, where it moves in with one.") var id: UUID?
    @Option(help: "What people see on the hosted pages.") var name: String
    @Option(help: "An origin whose pages may connect, such as https://app.example.com.") var origin: [String] = []

    func run() async throws {
      let id = id ?? UUID()
      try Origin.check(origin)
      try await vault.withVault { assembly in
        try await assembly.workspaces.create(id: id, name: name, origins: origin, by: .commandLine)
      }
      try output.print(["workspace": id.text, "name": name, "origins": origin.joined(separator: " ")])
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the workspaces.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.workspaces.list()
        try output.print(
          ["workspace", "name", "created_at"], rows.map { [$0.workspace.text, $0.name, $0.createdAt.text] })
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a workspace.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The workspace's UUID.") var workspace: UUID

    func run() async throws {
      try await vault.withVault { assembly in
        let row = try assembly.workspaces.workspace(workspace)
        try output.print([
          "workspace": row.workspace.text, "name": row.name, "origins": row.allowedOrigins.joined(separator: " "),
          "keep_versions": row.rules.keepVersions, "keep_days": row.rules.keepDays,
          "record_every_opening": row.rules.recordEveryOpening.map { $0 ? "yes" : "no" },
          "created_at": row.createdAt.text,
        ])
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace a workspace's list of origins, or change what it keeps and records.")

    @OptionGroup var vault: VaultOptions
    @Argument(help: "The workspace's UUID.") var workspace: UUID
    @Option(help: "An origin whose pages may connect; may be repeated. The list is replaced.") var origin: [String] = []
    @Option(help: "Refreshed versions of each integration that are kept whatever their age (5 if never said).")
    var keepVersions: Int?
    @Option(help: "Days that older refreshed versions, events and ended attempts are kept (30 if never said).")
    var keepDays: Int?
    @Flag(
      inversion: .prefixedNo,
      help: "Give each opening an entry of its own in the audit log; else repeats of a caller within a minute are counted.")
    var recordEveryOpening: Bool?

    func validate() throws {
      guard !origin.isEmpty || keepVersions != nil || keepDays != nil || recordEveryOpening != nil else {
        throw ValidationError("say what to change: --origin, --keep-versions, --keep-days or --record-every-opening")
      }
      guard keepVersions.map(WorkspacePolicy.versionsRange.contains) ?? true else {
        throw ValidationError("--keep-versions is a number from 1 to 1000")
      }
      guard keepDays.map(WorkspacePolicy.daysRange.contains) ?? true else {
        throw ValidationError("--keep-days is a number from 1 to 3650")
      }
    }

    func run() async throws {
      try Origin.check(origin)
      let (versions, days, isEachRecorded) = (keepVersions, keepDays, recordEveryOpening)
      try await vault.withVault { assembly in
        try await assembly.workspaces.update(workspace, origins: origin.isEmpty ? nil : origin, by: .commandLine) { policy in
          policy.keepVersions = versions ?? policy.keepVersions
          policy.keepDays = days ?? policy.keepDays
          policy.recordEveryOpening = isEachRecorded ?? policy.recordEveryOpening
        }
      }
    }
  }
}

/// `scheme://host[:port]`, as browsers state it (RFC 6454 §6.2).
private enum Origin {
  static func check(_ origins: [String]) throws {
    for origin in origins {
      guard let url = URL(string: origin), let scheme = url.scheme, ["http", "https"].contains(scheme),
        let host = url.host(), !host.isEmpty, url.path().isEmpty, origin == origin.lowercased()
      else {
        throw CommandFailure(.local, "\(origin) is no origin: give scheme://host or scheme://host:port, without a path")
      }
    }
  }
}
