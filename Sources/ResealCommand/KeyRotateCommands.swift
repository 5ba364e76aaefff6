import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

extension KeyCommand {
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace the workspace key while the vault is in use; goes on where an interrupted one stopped.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption
    @Option(help: ArgumentHelp("Go back to a generation that still opens: undoes a rotation.", valueName: "generation"))
    var to: UInt32?
    @Flag(help: "The present keys are known to others: believe the audit log only, and encrypt every value anew.")
    var compromised = false

    func validate() throws {
      guard to == nil || !compromised else { throw ValidationError("--to and --compromised exclude each other") }
    }

    func run() async throws {
      let aim: RotationAim = compromised ? .compromised : to.map { .back(to: $0) } ?? .next
      try await vault.withVault { assembly in
        let workspace = try scope.resolve(in: assembly)
        try await output.followRotation(of: workspace, in: assembly) { progress in
          try await assembly.workspaceKeys.rotate(workspace, aim, by: .commandLine, progress: progress)
        }
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Go on with a paused rotation, to the end.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let workspace = try scope.resolve(in: assembly)
        try await output.followRotation(of: workspace, in: assembly) { progress in
          try await assembly.workspaceKeys.resume(workspace, by: .commandLine, progress: progress)
        }
      }
    }
  }
}

extension OutputOptions {
  /// Shows a rotation while it runs, and ends as it ended: paused is partly done, quarantine is an integrity failure.
  fileprivate func followRotation(
    of workspace: UUID, in assembly: Assembly,
    _ rotation: (@escaping @Sendable (RotationProgress) -> Void) async throws -> RotationProgress
  ) async throws {
    let display = RotationDisplay(format)
    let end = try await rotation { display.show($0) }
    try display.finish(end)
    if end.isPaused {
      throw CommandFailure(.partly, "the rotation was paused; reseal key resume goes on with it")
    }
    let status = try await assembly.workspaceKeys.status(of: workspace)
    if !status.exposed.isEmpty { try print(status.exposed) }
    if end.quarantined > 0 {
      throw CommandFailure(
        .integrity, "\(end.quarantined) rows could not be vouched for and were left where they are; reseal key status names them")
    }
  }
}
