import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

struct RootKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "root", abstract: "The root key and its slots: the ways to it.",
    subcommands: [Slots.self, AddSlot.self, RemoveSlot.self, Drill.self, Rekey.self])

  struct Slots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the slots that open the root key.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await vault.withVault { assembly in
        try output.print(
          ["slot", "kind", "created_at", "state"],
          try assembly.rootKeys.slots().map { [$0.name, $0.kind, $0.createdAt.text, $0.isOpened ? "opened" : "intact"] })
      }
    }
  }

  struct AddSlot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a way to the root key, or replace the recovery key.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var recoveryOutput: RecoveryKeyOutput
    @Option(help: "What opens the new slot, as in --root-key. A missing file: is made.") var from: String?
    @Option(help: "The slot's name; KIND-N unless told.") var name: String?
    @Flag(help: "Make a new recovery key instead. The old one opens nothing any more.") var recovery = false

    func validate() throws {
      guard (from != nil) != recovery else { throw ValidationError("give either --from SOURCE or --recovery") }
      guard !recovery || name == nil else { throw ValidationError("the recovery slot keeps its name") }
      guard recovery || recoveryOutput.recoveryOut == nil else { throw ValidationError("--recovery-out goes with --recovery") }
    }

    func run() async throws {
      let source = try from.map(VaultOptions.source)
      try await vault.withVault { assembly in
        if let source {
          let slot = try await assembly.rootKeys.add(source, name: name, by: .commandLine)
          try output.print(["slot": slot])
        } else {
          let file = try recoveryOutput.begin()
          try show(try await assembly.rootKeys.replaceRecoveryKey(by: .commandLine), file)
        }
      }
    }

    /// The key is in force already, so that it is printed where its file cannot be written after all.
    private func show(_ recoveryKey: String, _ file: PrivateFile?) throws {
      if let file {
        do {
          try file.publish(recoveryKey: recoveryKey)
          return try output.print(["recovery_file": file.path])
        } catch let error as StorageError {
          Notice.say("\(Explanation.text(of: error)); the recovery key is printed")
        }
      }
      do { try output.print(["recovery_key": recoveryKey]) } catch let error as CommandFailure {
        throw CommandFailure(
          .local,
          "\(error.message ?? ""). The old recovery key opens nothing any more, and nobody has seen the new one: give the command again")
      }
    }
  }

  struct RemoveSlot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a slot, after another one was opened. After a leak, use rekey.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var destruction: DestructionOptions
    @Option(help: "Another source, to prove that it opens the root key.") var provenBy: String?
    @Argument(help: "The slot's name.") var slot: String

    func run() async throws {
      let source = try provenBy.map(VaultOptions.source)
      guard try destruction.confirm("remove slot \(slot); what opened it opens this vault no more") else { return }
      try await vault.withVault { assembly in
        try await assembly.rootKeys.remove(slot, provenBy: source, by: .commandLine)
      }
    }
  }

  struct Drill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prove that a source opens the root key, such as the recovery key. Changes nothing.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The source to try; the one of --root-key unless told.") var source: String?

    func run() async throws {
      let source = try source.map(VaultOptions.source)
      try await vault.withVault { assembly in
        let slot = try await assembly.rootKeys.drill(source, by: .commandLine)
        try output.print(["slot": slot.name, "kind": slot.kind, "created_at": slot.createdAt.text, "state": "opened"])
      }
    }
  }

  struct Rekey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace the root key while the vault is in use; slots get the new one.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var destruction: DestructionOptions
    @Option(help: "A slot that does not get the new root key, by name. May be repeated.") var dropSlot: [String] = []
    @Option(help: "The source of another slot that keeps working. May be repeated.") var slotSource: [String] = []
    @Flag(help: "The old root key is known to others: mark every workspace for key rotate --compromised.")
    var compromised = false

    func run() async throws {
      let request = RekeyRequest(
        dropping: dropSlot, sources: try slotSource.map(VaultOptions.source), isCompromised: compromised)
      let drops = dropSlot.isEmpty ? "" : " and drop \(dropSlot.joined(separator: ", "))"
      guard try destruction.confirm("replace the root key\(drops)") else { return }
      try await vault.withVault { assembly in
        let report = try await assembly.rootKeys.rekey(request, by: .commandLine)
        try output.print([
          "epoch": report.epoch, "kept": report.kept.joined(separator: ","),
          "dropped": dropSlot.isEmpty ? nil : report.dropped.joined(separator: ","),
          "rewrapped": report.rewrapped, "tainted": compromised ? report.tainted : nil,
        ])
        guard report.tainted == 0 else {
          throw CommandFailure(
            .humanNeeded, "every workspace key counts as known to others now: reseal key rotate --compromised, for each workspace")
        }
      }
    }
  }
}
