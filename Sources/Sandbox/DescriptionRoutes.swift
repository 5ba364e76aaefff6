import Hummingbird

/// The sandbox described for the vault: two provider files for this very address, ready to be saved.
struct DescriptionRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.get("provider.yaml") { _, _ in Response.text(description.oauth, type: "application/yaml") }
    router.get("provider-key.yaml") { _, _ in Response.text(description.key, type: "application/yaml") }
  }

  /// Lifetime and refresh class are what the switches say at this moment.
  private var description: SandboxDescription {
    let switches = provider.visit { ledger, _ in ledger.switches }
    return SandboxDescription(
      base: provider.baseURL, accessTokenLifetime: switches.accessTokenLifetime, graceWindow: switches.graceWindow,
      refreshClass: switches.refreshClass)
  }
}
