import Synchronization

/// The URL under which browsers reach the server: configuration, never the Host header. Known late where the server
/// picks its own port.
package final class PublicAddress: Sendable {
  private let value: Mutex<String?>

  /// - Parameter url: without a trailing slash; `nil` until it is known, or where nobody serves pages.
  package init(_ url: String? = nil) { value = Mutex(url.map(Self.trimmed)) }

  package var url: String? { value.withLock { $0 } }

  package func become(_ url: String) { value.withLock { $0 = Self.trimmed(url) } }

  /// Where providers send browsers back to: what is registered with them.
  package var redirectURI: String? { url.map { "\($0)/oauth/callback" } }

  private static func trimmed(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
