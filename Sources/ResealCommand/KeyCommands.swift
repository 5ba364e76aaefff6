import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Workspace keys by generation: list, rotate, pause, resume, retire, destroy.",
    subcommands: [List.self, Rotate.self, Status.self, Pause.self, Resume.self, Retire.self, Destroy.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a workspace's generations.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let rows: [[(any Cell)?]] = try assembly.workspaceKeys.generations(of: try scope.resolve(in: assembly)).map {
          [$0.number, $0.state.rawValue, $0.endOfGrace?.text, $0.isTainted ? "yes" : nil]
        }
        try output.print(["generation", "state", "kept_until", "known_to_others"], rows)
      }
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop a rotation at its next page, in whichever process it runs, until it is resumed.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        try await assembly.workspaceKeys.pause(try scope.resolve(in: assembly), by: .commandLine)
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disable a generation that nothing is left under; its keys are kept for a grace.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The generation's number.") var generation: UInt32
    @Option(help: ArgumentHelp("Give up a row in quarantine, as key status names it; once for each.", valueName: "table/key"))
    var abandon: [RowName] = []
    @Option(help: ArgumentHelp("How long its keys are kept before key destroy takes them.", valueName: "days"))
    var grace = 7
    @Flag(help: "Take the retirement back: the generation opens rows again.")
    var undo = false

    func validate() throws {
      guard (0...3650).contains(grace) else { throw ValidationError("--grace is 0 to 3650 days") }
    }

    func run() async throws {
      let what = undo ? "let generation \(generation) open rows again" : "retire generation \(generation)"
      let names = abandon.map { ", giving up \($0.text)" }.joined()
      guard try destruction.confirm(what + names) else { return }
      try await vault.withVault { assembly in
        let (keys, workspace) = (assembly.workspaceKeys, try scope.resolve(in: assembly))
        if undo { return try await keys.unretire(generation, of: workspace, by: .commandLine) }
        try await keys.retire(
          generation, of: workspace, abandoned: abandon, grace: .seconds(grace * 86_400), by: .commandLine)
      }
    }
  }

  struct Destroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Destroy the secret half of a retired generation, for ever; or one that was only prepared.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var scope: WorkspaceOption
    @OptionGroup var destruction: DestructionOptions
    @Argument(help: "The generation's number.") var generation: UInt32
    @Flag(help: "Do not wait for the end of its grace.") var now = false

    func run() async throws {
      guard try destruction.confirm("destroy generation \(generation); nothing brings it back") else { return }
      try await vault.withVault { assembly in
        try await assembly.workspaceKeys.destroy(
          generation, of: try scope.resolve(in: assembly), isUrgent: now, by: .commandLine)
      }
    }
  }
}

extension RowName: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
