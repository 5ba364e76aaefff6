import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Workspace keys by generation: list, rotate, retire, destroy.",
    subcommands: [List.self, Rotate.self, Status.self, Retire.self, Destroy.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a workspace's generations.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let rows = try assembly.workspaceKeys.generations(of: try scope.resolve(in: assembly))
        output.print(["generation", "state"], rows.map { [String($0.number), $0.state.rawValue] })
      }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace the workspace key while the vault is in use; goes on where an interrupted one stopped.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let isPlain = output.format == .table
        let end = try await assembly.workspaceKeys.rotate(
          try scope.resolve(in: assembly), by: .commandLine
        ) { progress in
          if isPlain, progress.left > 0 { print("generation \(progress.from) → \(progress.to): \(progress.done) rows moved, \(progress.left) left") }
        }
        print(end, output)
        if end.quarantined > 0 {
          throw CommandFailure(.integrity, "\(end.quarantined) rows did not verify and were left where they are; see reseal verify")
        }
      }
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how far the last rotation has come.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        guard let progress = try assembly.workspaceKeys.progress(of: try scope.resolve(in: assembly)) else {
          throw CommandFailure(.refused, "this workspace's key has not been rotated yet")
        }
        print(progress, output)
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Disable a generation that nothing is left under.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The generation's number.") var generation: UInt32

    func run() async throws {
      guard try destruction.confirm("retire generation \(generation)") else { return }
      try await vault.withVault { assembly in
        try await assembly.workspaceKeys.retire(generation, of: try scope.resolve(in: assembly), by: .commandLine)
      }
    }
  }

  struct Destroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Destroy the secret half of a retired generation, for ever.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The generation's number.") var generation: UInt32

    func run() async throws {
      guard try destruction.confirm("destroy generation \(generation); nothing brings it back") else { return }
      try await vault.withVault { assembly in
        try await assembly.workspaceKeys.destroy(generation, of: try scope.resolve(in: assembly), by: .commandLine)
      }
    }
  }
}

private func print(_ progress: RotationProgress, _ output: OutputOptions) {
  output.print([
    "from": String(progress.from), "to": String(progress.to), "state": progress.state.rawValue,
    "rows_moved": String(progress.done), "rows_left": String(progress.left),
    "quarantined": String(progress.quarantined),
  ])
}
