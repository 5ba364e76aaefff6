import ArgumentParser
import Catalogue
import Foundation

struct ProviderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "provider", abstract: "The catalogue: providers as data.", subcommands: [List.self, Check.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the providers that are known.")

    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let folder = vault.providers ?? Environment.value("RESEAL_PROVIDERS")
      let rows = try ProviderCatalogue.load(directory: folder).all
      try output.print(
        ["provider", "name", "kind", "refresh_class", "checked", "confidence"],
        rows.map {
          [
            $0.slug, $0.name, $0.kind.rawValue, $0.kind == .oauth2 ? ($0.refresh ?? .unknown).refreshClass.description : nil,
            $0.facts?.checked, $0.facts?.confidence.rawValue,
          ]
        })
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Explain what is wrong with a provider file, line by line.")

    @Argument(help: "A YAML file.") var file: String

    func run() throws {
      let problems = ProviderFile.check(file)
      try Output.lines(problems.map(\.description))
      guard problems.isEmpty else { throw CommandFailure(.refused, "\(problems.count) problems in \(file)") }
      try Output.line("\(file) is a good provider file")
    }
  }
}
