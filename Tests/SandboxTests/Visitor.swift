import Foundation

@testable import Sandbox

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A client over HTTP. Each request has a connection of its own: libcurl repeats a request by itself when a *reused*
/// connection closes without an answer, which is just what `lose_reply` does.
struct Visitor: Sendable {
  let baseURL: String
  let stop: @Sendable () -> Void

  init(baseURL: String, stop: @escaping @Sendable () -> Void) {
    self.baseURL = baseURL
    self.stop = stop
  }

  struct Reply: Sendable {
    let status: Int
    let text: String
    let url: URL?

    /// A field of a JSON object as text.
    subscript(name: String) -> String? {
      let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      return object?[name].map { "\($0)" }
    }
  }

  static func authorization(redirectURI: String) -> String {
    FormFields.encode([
      "response_type": "code", "client_id": "sandbox-client", "redirect_uri": redirectURI, "scope": "read",
      "state": "s1", "code_challenge": CodeChallenge(of: Fixture.verifier).text, "code_challenge_method": "S256",
    ])
  }

  /// Allows and exchanges. The redirect address is a page of the sandbox, so that URLSession may follow there.
  func connect(as account: String) async throws -> Reply {
    let back = "\(baseURL)/livez"
    let form = Self.authorization(redirectURI: back) + "&decision=allow&account=\(account)"
    let landed = try await send("POST", "/authorize", body: form)
    let query = FormFields(parsing: landed.url?.query(percentEncoded: true) ?? "")
    return try await post(
      "/token",
      [
        "grant_type": "authorization_code", "code": query["code"], "redirect_uri": back,
        "code_verifier": Fixture.verifier,
      ], authenticated: true)
  }

  func refresh(_ tokens: Reply) async throws -> Reply {
    try await post(
      "/token", ["grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]], authenticated: true)
  }

  func whoami(_ tokens: Reply) async throws -> Reply {
    try await ask("/whoami", headers: ["Authorization": "Bearer \(tokens["access_token"] ?? "")"])
  }

  func turn(_ switches: String) async throws {
    _ = try await send("PATCH", "/switches", body: switches)
  }

  func ask(_ path: String, headers: [String: String] = [:]) async throws -> Reply {
    try await send("GET", path, headers: headers)
  }

  func post(
    _ path: String, _ fields: KeyValuePairs<String, String?>, authenticated: Bool = false
  ) async throws -> Reply {
    let body = fields.map { FormFields.encode([$0.key: $0.value ?? ""]) }.joined(separator: "&")
    let basic = "Basic " + Data("sandbox-client:sandbox-secret".utf8).base64EncodedString()
    return try await send("POST", path, headers: authenticated ? ["Authorization": basic] : [:], body: body)
  }

  private func send(
    _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil
  ) async throws -> Reply {
    var request = URLRequest(url: URL(string: baseURL + path)!, timeoutInterval: 20)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    request.allHTTPHeaderFields = headers
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    return Reply(status: status, text: String(decoding: data, as: UTF8.self), url: response.url)
  }
}
