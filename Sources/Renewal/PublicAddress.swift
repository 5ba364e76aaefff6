import Foundation
import Synchronization

/// The URL under which browsers reach the server: configuration, never the Host header. Known late where the server
/// picks its own port.
package final class PublicAddress: Sendable {
  private let value: Mutex<String?>

  /// - Parameter url: as `normalized` gives it; `nil` until it is known, or where nobody serves pages.
  package init(_ url: String? = nil) { value = Mutex(url) }

  /// `scheme://host[:port]`, lower-case, without a default port or a slash at the end, which is also the origin of our
  /// own pages (RFC 6454 §6.2).
  /// - Returns: `nil` for anything that is not such a URL: with a path, a query, a user, or another scheme.
  package static func normalized(_ text: String) -> String? {
    guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = url.host?.lowercased(), !host.isEmpty, url.path.isEmpty || url.path == "/", url.query == nil,
      url.fragment == nil, url.user == nil
    else { return nil }
    let isDefault = url.port == (scheme == "https" ? 443 : 80)
    let port = isDefault ? "" : url.port.map { ":\($0)" } ?? ""
    return "\(scheme)://\(host)\(port)"
  }

  package var url: String? { value.withLock { $0 } }

  package func become(_ url: String) { value.withLock { $0 = url } }

  /// Where providers send browsers back to: what is registered with them.
  package var redirectURI: String? { url.map { "\($0)/oauth/callback" } }

}
