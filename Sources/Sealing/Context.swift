/// Where a sealed value belongs. Its hash is bound into header and payload, so a value opens nowhere else.
///
/// `"reseal/ctx/v1" ‖ LP(vault) ‖ LP(workspace) ‖ LP(customer) ‖ LP(integration) ‖ LP(name) ‖ u64 version`; UUIDs are
/// their 36 lower-case characters. Without an integration, `customer` and `integration` are empty and `name` says all.
package struct Context: Sendable, Equatable {
  package let vault: String
  package let workspace: String
  package let customer: String
  package let integration: String
  package let name: String
  package let version: UInt64

  package init(vault: String, workspace: String, customer: String, integration: String, name: String, version: UInt64) {
    self.vault = vault
    self.workspace = workspace
    self.customer = customer
    self.integration = integration
    self.name = name
    self.version = version
  }

  package static func named(_ name: String, version: UInt64, workspace: String, vault: String) -> Context {
    Context(vault: vault, workspace: workspace, customer: "", integration: "", name: name, version: version)
  }

  /// BLAKE2b-256 of the canonical bytes.
  package var hash: [UInt8] {
    var out = ByteWriter("reseal/ctx/v1")
    for part in [vault, workspace, customer, integration, name] { out.lengthPrefixed(part) }
    out.integer(version)
    return Digest.blake2b(out.bytes)
  }
}
