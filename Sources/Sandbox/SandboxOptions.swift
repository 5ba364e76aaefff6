/// What a sandbox is started with. Everything that may change while it runs is a switch (``Switches``) instead.
package struct SandboxOptions: Sendable {
  /// The address to listen on. The sandbox has no security of its own: keep it on loopback or inside a container.
  package var listen: String

  /// The port to listen on; 0 takes any free one, which `ready` reports.
  package var port: Int

  /// The base URL that clients and browsers use, when it is not the bound one (containers, tunnels). No trailing slash.
  package var publicURL: String?

  /// The lifetime in seconds that the switch `access_token_lifetime` starts with and returns to on a reset.
  package var accessTokenLifetime: Int

  package var clientID: String
  package var clientSecret: String

  /// The redirect addresses accepted, compared as whole strings. Empty: any https address and any http one on loopback.
  package var redirectURIs: [String]

  /// Makes codes and tokens the same in every run. Without it they are random.
  package var seed: UInt64?

  /// Whether SIGTERM and SIGINT end the server gracefully. Off, signals keep the process's own disposition, so that the
  /// server can be embedded in tests. On, it also stops as process 1 of a container, where the default ignores them.
  package var stopsOnSignals: Bool

  package init(
    listen: String = "127.0.0.1", port: Int = 0, publicURL: String? = nil, accessTokenLifetime: Int = 60,
    clientID: String = "sandbox-client", clientSecret: String = "sandbox-secret", redirectURIs: [String] = [],
    seed: UInt64? = nil, stopsOnSignals: Bool = false
  ) {
    self.listen = listen
    self.port = port
    self.publicURL = publicURL
    self.accessTokenLifetime = accessTokenLifetime
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.redirectURIs = redirectURIs
    self.seed = seed
    self.stopsOnSignals = stopsOnSignals
  }
}

extension SandboxOptions {
  /// The base URL of a server bound to `port`. Nobody can connect to an unspecified
  /// address, so loopback stands for it.
  func baseURL(port: Int) -> String {
    if let publicURL { return publicURL }
    let host =
      switch listen {
      case "0.0.0.0", "::", "": "127.0.0.1"
      case let address where address.contains(":"): "[\(address)]"
      default: listen
      }
    return "http://\(host):\(port)"
  }
}
