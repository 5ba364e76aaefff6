/// The providers that come with the binary: the files in `Providers`, embedded.
///
/// SwiftPM cannot list what it embedded (SE-0303 has no enumeration for embedded resources), so the list is kept here
/// and a test compares it with the folder.
enum BuiltInProviders {
  static let files: [(name: String, yaml: [UInt8])] = [
    ("asana.yaml", PackageResources.asana_yaml),
    ("atlassian.yaml", PackageResources.atlassian_yaml),
    ("auth0.yaml", PackageResources.auth0_yaml),
    ("box.yaml", PackageResources.box_yaml),
    ("discord.yaml", PackageResources.discord_yaml),
    ("dropbox.yaml", PackageResources.dropbox_yaml),
    ("github.yaml", PackageResources.github_yaml),
    ("gitlab.yaml", PackageResources.gitlab_yaml),
    ("google.yaml", PackageResources.google_yaml),
    ("hubspot.yaml", PackageResources.hubspot_yaml),
    ("linear.yaml", PackageResources.linear_yaml),
    ("microsoft.yaml", PackageResources.microsoft_yaml),
    ("okta.yaml", PackageResources.okta_yaml),
    ("quickbooks.yaml", PackageResources.quickbooks_yaml),
    ("salesforce.yaml", PackageResources.salesforce_yaml),
    ("shopify.yaml", PackageResources.shopify_yaml),
    ("slack.yaml", PackageResources.slack_yaml),
    ("spotify.yaml", PackageResources.spotify_yaml),
    ("x.yaml", PackageResources.x_yaml),
    ("xero.yaml", PackageResources.xero_yaml),
    ("zendesk.yaml", PackageResources.zendesk_yaml),
    ("zoho.yaml", PackageResources.zoho_yaml),
    ("zoom.yaml", PackageResources.zoom_yaml),
  ]

  static func load() throws(CatalogueError) -> [Provider] {
    var providers: [Provider] = []
    for file in files {
      providers.append(try ProviderFile.parse(String(decoding: file.yaml, as: UTF8.self), file: file.name).get())
    }
    return providers
  }
}
