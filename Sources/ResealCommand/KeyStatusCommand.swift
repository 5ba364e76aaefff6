import ArgumentParser
import Custody
import Foundation
import Reseal
import Storage

extension KeyCommand {
  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far the last rotation has come, what is in quarantine, and what a compromise left to do.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var scope: WorkspaceOption

    func run() async throws {
      try await vault.withVault { assembly in
        let status = try await assembly.workspaceKeys.status(of: try scope.resolve(in: assembly))
        guard status.rotation != nil || status.compromise != .none else {
          throw CommandFailure(.refused, "this workspace's key has not been rotated yet")
        }
        switch output.format {
        case .json: try Output.line(OutputOptions.json(StatusRecord(status)))
        case .table: try output.print(status)
        }
      }
    }
  }
}

extension Compromise {
  /// What `status` says in red; `nil` when all is well.
  var warning: String? {
    switch self {
    case .none: nil
    case .rotationNeeded: "compromised: reseal key rotate --compromised needed"
    case .underWay: "compromised: rotation in progress, or old generations not retired yet"
    }
  }
}

/// Red on a terminal.
func inRed(_ text: String) -> String { isatty(STDOUT_FILENO) == 1 ? "\u{1B}[31m\(text)\u{1B}[0m" : text }

extension OutputOptions {
  fileprivate func print(_ status: KeyStatus) throws {
    if let warning = status.compromise.warning { try Output.line(inRed(warning)) }
    if let progress = status.rotation { try print(progress, oldest: status.oldestInUse) }
    for row in status.quarantine {
      let fate = row.abandonedAt.map { "given up \($0.text)" } ?? "found \(row.foundAt.text)"
      try Output.line("in quarantine: \(row.name.text) (\(fate))")
    }
    if !status.exposed.isEmpty { try print(status.exposed) }
  }

  private func print(_ progress: RotationProgress, oldest: UInt32?) throws {
    try print([
      "from": progress.from, "to": progress.to, "state": progress.isPaused ? "paused" : progress.state.rawValue,
      "rows_moved": progress.done, "rows_left": progress.left, "rows_per_second": progress.rate.map { Int($0) },
      "seconds_left": progress.secondsLeft.map { Int($0.rounded(.up)) }, "oldest_generation": oldest,
      "quarantined": progress.quarantined,
    ])
  }

  /// What must be replaced at its provider: a table, or one line of JSON.
  func print(_ exposed: [ExposedSecret]) throws {
    if format == .json {
      let records = ["exposed": exposed.map(ExposedRecord.init)]
      return try Output.line(Self.json(records, onOneLine: true))
    }
    try Output.line("\nKnown to others and still in use; replace each at its provider:")
    try print(
      ["integration", "connector", "kind"], exposed.map { [$0.integration?.text, $0.connector, $0.kind] })
  }
}

/// The key status as programs read it.
private struct StatusRecord: Encodable {
  struct Quarantined: Encodable {
    let row: String
    let foundAt: String
    let abandonedAt: String?
  }

  let rotation: RotationRecord?
  let oldestGeneration: UInt32?
  let compromise: String
  let quarantine: [Quarantined]
  let exposed: [ExposedRecord]

  init(_ status: KeyStatus) {
    rotation = status.rotation.map(RotationRecord.init)
    oldestGeneration = status.oldestInUse
    compromise = status.compromise.rawValue
    quarantine = status.quarantine.map {
      Quarantined(row: $0.name.text, foundAt: $0.foundAt.text, abandonedAt: $0.abandonedAt?.text)
    }
    exposed = status.exposed.map(ExposedRecord.init)
  }
}

private struct ExposedRecord: Encodable {
  let integration: String?
  let connector: String
  let kind: String

  init(_ secret: ExposedSecret) {
    (integration, connector, kind) = (secret.integration?.text, secret.connector, secret.kind)
  }
}
