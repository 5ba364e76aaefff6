import Foundation

/// A sandbox described for the vault, as provider files.
package struct SandboxDescription: Sendable {
  private let base: String
  private let accessTokenLifetime: Int
  private let graceWindow: Int
  private let refreshClass: String

  /// - Parameters:
  ///   - base: the sandbox's base URL.
  ///   - accessTokenLifetime: seconds.
  ///   - graceWindow: how many seconds a rotated refresh token goes on working.
  ///   - refreshClass: `N`, `S` or `X`.
  package init(base: String, accessTokenLifetime: Int = 60, graceWindow: Int = 0, refreshClass: String = "X") {
    self.base = base
    self.accessTokenLifetime = accessTokenLifetime
    self.graceWindow = graceWindow
    self.refreshClass = refreshClass
  }

  /// Writes `sandbox.yaml` and `sandbox-key.yaml` into a folder, which is made if it is missing.
  package func write(to folder: String) throws {
    let url = URL(fileURLWithPath: folder, isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, text) in [("sandbox.yaml", oauth), ("sandbox-key.yaml", key)] {
      try Data(text.utf8).write(to: url.appendingPathComponent(name), options: .atomic)
    }
  }

  var oauth: String {
    """
    slug: sandbox
    name: Sandbox
    kind: oauth2
    issuer: \(base)
    authorization:
      url: \(base)/authorize
      scope_separator: " "
      pkce: required
    token:
      url: \(base)/token
      client_authentication: basic
    refresh:
      class: \(refreshClass == "X" && graceWindow > 0 ? "G(\(graceWindow))" : refreshClass)
      default_lifetime: \(accessTokenLifetime)
    revocation:
      url: \(base)/revoke
      scope: token
    probe:
      url: \(base)/whoami
      actor: /sub
      tenant: /tenant
      label: /email
    facts:
      checked: 2026-11-21
      confidence: H

    """
  }

  var key: String {
    """
    slug: sandbox-key
    name: "Sandbox (API key)"
    kind: api_key
    header:
      name: X-Api-Key
      format: "${api_key}"
    fields:
      - name: api_key
        label: API key
        secret: true
        hint: for example sandbox-key-alice
    probe:
      url: \(base)/key/whoami
      actor: /sub
      tenant: /tenant
      label: /email
    facts:
      checked: 2026-11-21
      confidence: H

    """
  }
}
