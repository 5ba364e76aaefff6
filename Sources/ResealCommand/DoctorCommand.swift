import ArgumentParser
import Custody
import Reseal

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look for what is not as it should be, and say what to do. Changes nothing, sends nothing.")

  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let surroundings = Surroundings(try vault.assemblyOptions())
    let findings: [Finding]
    do {
      findings = try await vault.withVault { try $0.doctor(surroundings).findings() }
    } catch let error as CustodyError {
      // What can be seen without a key may be the reason.
      try show(surroundings.files())
      throw error
    }
    try show(findings)
    let failed = findings.filter { $0.level == .fail }.count
    if failed > 0 { throw CommandFailure(.humanNeeded, "\(failed) checks failed") }
  }

  /// People see what is wrong last, where the eye is.
  private func show(_ findings: [Finding]) throws {
    if output.format == .json {
      let rows: [[(any Cell)?]] = findings.map { [$0.check, $0.level.rawValue, $0.message, $0.remedy] }
      return try output.print(["check", "level", "message", "remedy"], rows)
    }
    for level in Finding.Level.allCases {
      for finding in findings where finding.level == level {
        try Output.line("\(level.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0)) \(finding.check): \(finding.message)")
        if let remedy = finding.remedy { try Output.line("      → \(remedy)") }
      }
    }
  }
}
