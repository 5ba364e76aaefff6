import Foundation
import HTTPTypes
import Hummingbird
import Reseal
import Storage

/// Reads the access key of a request and asks whose it is. `Authorization: Bearer k`, `Api-Key k`, `X-Api-Key k` and
/// the header `X-Api-Key: k` are the same thing.
struct Access: Sendable {
  let keys: AccessKeys

  /// - Throws: 401 without a living key, 403 for too low a role.
  func require(_ role: AccessRole, _ request: Request) throws -> AccessGrant {
    guard let key = Self.key(in: request), let grant = try keys.authenticate(key) else { throw APIError.unauthorized }
    guard grant.role >= role else { throw APIError.forbidden }
    return grant
  }

  private static func key(in request: Request) -> String? {
    if let key = request.headers[.xAPIKey] { return key }
    guard let value = request.headers[.authorization] else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, ["bearer", "api-key", "x-api-key"].contains(parts[0].lowercased()) else { return nil }
    return String(parts[1])
  }
}

extension BasicRequestContext {
  /// A UUID in the path; anything else is simply not there.
  func uuid(_ name: String) throws -> UUID {
    guard let id = parameters.get(name).flatMap({ UUID(uuidString: $0) }) else { throw APIError.notFound }
    return id
  }
}
