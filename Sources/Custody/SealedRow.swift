import Sealing
import Storage

/// A row that holds a sealed value, and knows the place it was sealed for.
package protocol SealedRow: TenantRow {
  var sealed: SealedValue { get set }
  func context(vault: String) -> Context
}

extension CredentialRow: SealedRow {
  package func context(vault: String) -> Context {
    Context(
      vault: vault, workspace: workspace.text, customer: customer, integration: integration.text, name: "credential",
      version: UInt64(version))
  }
}

extension SealedSecretRow: SealedRow {
  package func context(vault: String) -> Context {
    Context(
      vault: vault, workspace: workspace.text, customer: customer, integration: integration, name: name,
      version: UInt64(version))
  }
}
