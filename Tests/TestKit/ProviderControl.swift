import Foundation

/// The sandbox's control side, over HTTP.
package struct ProviderControl: Sendable {
  package let base: String
  let port: UInt16

  init(base: String) {
    self.base = base
    port = UInt16(base.split(separator: ":").last ?? "") ?? 0
  }

  /// Turns switches: `{"lose_reply": true, "count": 1}`.
  package func turn(_ json: String) async throws {
    let reply = try await PlainHTTP.send("PATCH", port: port, "/switches", body: json)
    guard reply.status == 200 else { throw WaitedTooLong(what: "a switch: \(reply.body)") }
  }

  package func resetSwitches() async throws { _ = try await PlainHTTP.send("DELETE", port: port, "/switches") }

  package func revokeAll() async throws { _ = try await PlainHTTP.send("POST", port: port, "/grants/revoke") }

  package func expireAll() async throws { _ = try await PlainHTTP.send("POST", port: port, "/grants/expire") }

  /// Whether an access token is of no use any more.
  package func isDead(_ token: String) async throws -> Bool {
    try await PlainHTTP.send("GET", port: port, "/whoami", authorization: "Bearer \(token)").status == 401
  }

  /// Grants of which some token still works, or could be refreshed.
  package func livingGrants() async throws -> Int {
    let reply = try await PlainHTTP.send("GET", port: port, "/grants")
    let object = try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [[String: Any]]
    guard let object else { throw WaitedTooLong(what: "grants") }
    return object.count { $0["revoked"] as? Bool != true }
  }

  /// A counter by its name in `docs/sandbox.md`.
  package func count(_ name: String) async throws -> Int {
    let reply = try await PlainHTTP.send("GET", port: port, "/statistics")
    let object = try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any]
    guard let count = object?[name] as? Int else { throw WaitedTooLong(what: "a counter \(name)") }
    return count
  }

  /// Presses a button of the consent page.
  /// - Returns: the fields of the address that the browser is sent back to.
  package func decide(_ url: String, as account: String, allow: Bool = true) async throws -> [String: String] {
    let query = url.split(separator: "?", maxSplits: 1).last.map(String.init) ?? ""
    let form = "\(query)&account=\(account)&decision=\(allow ? "allow" : "deny")"
    let reply = try await PlainHTTP.send("POST", port: port, "/authorize", body: form)
    guard let location = reply.location, let items = URLComponents(string: location)?.queryItems else {
      throw WaitedTooLong(what: "a redirect: \(reply.status)")
    }
    return Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
  }
}
