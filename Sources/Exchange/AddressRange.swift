internal import NIOCore

/// Addresses that are not on the public internet.
///
/// Source: the IANA special-purpose address registries (RFC 6890 and its updates), plus multicast. An IPv6 address
/// that carries an IPv4 one (mapped, compatible, NAT64, 6to4) is judged by what it carries.
enum AddressRange {
  /// Whether a connection to `address` would stay inside. An address that cannot be read counts as inside.
  static func isPrivate(_ address: SocketAddress?) -> Bool {
    switch address {
    case .v4(let v4): withUnsafeBytes(of: v4.address.sin_addr) { isPrivate(v4: Array($0)) }
    case .v6(let v6): withUnsafeBytes(of: v6.address.sin6_addr) { isPrivate(v6: Array($0)) }
    case .unixDomainSocket, nil: true
    }
  }

  /// Whether `host`, written as a literal or as the reserved name, is this machine (RFC 6761 §6.3).
  static func isLoopback(host: String) -> Bool {
    if host.lowercased() == "localhost" { return true }
    switch try? SocketAddress(ipAddress: host, port: 0) {
    case .v4(let v4): return withUnsafeBytes(of: v4.address.sin_addr) { $0[0] == 127 }
    case .v6(let v6): return withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) == loopback6 }
    case .unixDomainSocket, nil: return false
    }
  }

  private static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]

  private static func isPrivate(v4 address: [UInt8]) -> Bool {
    let bits = address.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return ranges4.contains { bits >> (32 - $0.prefix) == $0.network >> (32 - $0.prefix) }
  }

  private static let ranges4: [(network: UInt32, prefix: UInt32)] = [
    (0x0000_0000, 8),  // this network, unspecified
    (0x0A00_0000, 8),  // RFC 1918
    (0x6440_0000, 10),  // carrier-grade NAT, RFC 6598
    (0x7F00_0000, 8),  // loopback
    (0xA9FE_0000, 16),  // link-local, cloud metadata
    (0xAC10_0000, 12),  // RFC 1918
    (0xC000_0000, 24),  // protocol assignments
    (0xC000_0200, 24),  // documentation
    (0xC058_6300, 24),  // 6to4 relays, deprecated
    (0xC0A8_0000, 16),  // RFC 1918
    (0xC612_0000, 15),  // benchmarks
    (0xC633_6400, 24),  // documentation
    (0xCB00_7100, 24),  // documentation
    (0xE000_0000, 4),  // multicast
    (0xF000_0000, 4),  // reserved, broadcast
  ]

  private static func isPrivate(v6 address: [UInt8]) -> Bool {
    if let inner = carried(by: address) { return isPrivate(v4: inner) }
    // Only 2000::/3 is global unicast today; loopback, ULA, link-local, site-local and multicast are outside it.
    guard address[0] & 0xE0 == 0x20 else { return true }
    return ranges6.contains { address.starts(with: $0) }
  }

  private static let ranges6: [[UInt8]] = [
    [0x20, 0x01, 0x00, 0x00],  // Teredo
    [0x20, 0x01, 0x00, 0x02],  // benchmarks
    [0x20, 0x01, 0x0D, 0xB8],  // documentation
    [0x3F, 0xFF],  // documentation
  ]

  private static func carried(by address: [UInt8]) -> [UInt8]? {
    let zeros = [UInt8](repeating: 0, count: 10)
    if address.starts(with: zeros + [0xFF, 0xFF]) { return Array(address[12...]) }  // mapped
    if address.starts(with: zeros + [0, 0]) { return Array(address[12...]) }  // compatible; ::1 becomes 0.0.0.1
    if address.starts(with: [0x00, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)) {
      return Array(address[12...])  // NAT64, RFC 6052
    }
    if address.starts(with: [0x20, 0x02]) { return Array(address[2..<6]) }  // 6to4
    return nil
  }
}
