internal import Foundation

/// All providers that this vault knows, by slug. Loaded once, at start.
package struct ProviderCatalogue: Sendable {
  private let providers: [String: Provider]

  /// A catalogue of these, for tests and tools. Of two with one slug the later stands.
  package init(_ providers: [Provider] = []) {
    self.providers = Dictionary(providers.map { ($0.slug, $0) }) { $1 }
  }

  /// The built-in providers, and on top of them every `*.yaml` and `*.yml` in `directory`: a file there replaces a
  /// built-in one of the same slug. Two files with one slug are a problem. One wrong file stops the whole load, so
  /// that a typing error cannot silently take a provider away.
  package static func load(directory: String?) throws(CatalogueError) -> ProviderCatalogue {
    var problems: [CatalogueProblem] = []
    var origins: [String: String] = [:]
    var loaded = try BuiltInProviders.load()
    for path in try files(in: directory) {
      switch ProviderFile.load(path) {
      case .failure(.invalid(let found)): problems += found
      case .failure(let error): throw error
      case .success(let provider):
        if let other = origins.updateValue(path, forKey: provider.slug) {
          let message = "\"\(provider.slug)\" is also in \(other)"
          problems.append(CatalogueProblem(file: path, line: nil, path: "slug", message: message))
        }
        loaded.append(provider)
      }
    }
    guard problems.isEmpty else { throw .invalid(problems) }
    return ProviderCatalogue(loaded)
  }

  package func provider(_ slug: String) -> Provider? { providers[slug] }

  /// By slug, ascending.
  package var all: [Provider] { providers.values.sorted { $0.slug < $1.slug } }

  private static func files(in directory: String?) throws(CatalogueError) -> [String] {
    guard let directory else { return [] }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
      throw .unreadable(path: directory)
    }
    return names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
      .sorted().map { directory.hasSuffix("/") ? directory + $0 : "\(directory)/\($0)" }
  }
}
