/// The providers that come with the binary: the files in `Providers`, embedded.
///
/// SwiftPM cannot list what it embedded (SE-0303 has no enumeration for embedded resources), so the list is kept here
/// and a test compares it with the folder.
enum BuiltInProviders {
  static let files: [(name: String, yaml: [UInt8])] = [
    ("atlassian.yaml", PackageResources.atlassian_yaml),
    ("github.yaml", PackageResources.github_yaml),
    ("google.yaml", PackageResources.google_yaml),
    ("slack.yaml", PackageResources.slack_yaml),
  ]

  static func load() throws(CatalogueError) -> [Provider] {
    var providers: [Provider] = []
    for file in files {
      providers.append(try ProviderFile.parse(String(decoding: file.yaml, as: UTF8.self), file: file.name).get())
    }
    return providers
  }
}
