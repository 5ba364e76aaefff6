internal import Foundation
internal import NIOCore

/// Where a request may go, judged before anything is resolved: the scheme and what the host spells out.
///
/// What a *name* resolves to is judged later, on the connection itself (`HTTPExchange`), because a second look-up may
/// answer differently (DNS rebinding).
struct Destination {
  let host: String

  init(_ url: String, allowPrivateAddresses: Bool) throws(ExchangeFailure) {
    guard let parsed = URLComponents(string: url), let scheme = parsed.scheme?.lowercased(),
      let host = parsed.host.map(Self.unbracketed), !host.isEmpty,
      parsed.user == nil, parsed.password == nil, parsed.fragment == nil
    else { throw .notSent(.invalidURL) }
    self.host = host
    switch scheme {
    case "https": break
    case "http": guard allowPrivateAddresses, AddressRange.isLoopback(host: host) else { throw .notSent(.insecureURL) }
    default: throw .notSent(.invalidURL)
    }
    if !allowPrivateAddresses, Self.spellsPrivateAddress(host) { throw .notSent(.privateAddress) }
  }

  private static func spellsPrivateAddress(_ host: String) -> Bool {
    if AddressRange.isLoopback(host: host) { return true }
    guard let literal = try? SocketAddress(ipAddress: host, port: 0) else { return false }
    return AddressRange.isPrivate(literal)
  }

  private static func unbracketed(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }
}
