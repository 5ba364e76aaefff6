package import Catalogue
package import Exchange
package import Sealing

package enum ProbeResult: Sendable, Equatable {
  case identity(AccountIdentity)
  /// The provider does not accept the credential: 400, 401, 403, 404, or its own way to say so with a 200.
  case refused(status: Int)
  /// It answered, but not about the credential: 3xx, 429, 5xx. Try later.
  case unavailable(status: Int)
  case unreachable(ExchangeFailure)
  /// No probe in the catalogue, values missing, or a reply without an identity.
  case unusable
}

extension ProviderEndpoints {
  /// Asks whose access token this is.
  package func probe(
    provider: Provider, accessToken: borrowing Secret, parameters: [String: String] = [:]
  ) async -> ProbeResult {
    var fields = FieldSet()
    fields.set("access_token", accessToken)
    return await probe(provider: provider, fields: fields, parameters: parameters)
  }

  /// Asks whose credential a filled-in form is; it travels in the provider's header.
  package func probe(
    provider: Provider, fields: borrowing FieldSet, parameters: [String: String] = [:]
  ) async -> ProbeResult {
    guard let probe = provider.probe else { return .unusable }
    let header = Self.header(of: provider, fields: fields)
    guard header != nil else { return .unusable }
    do throws(ExchangeFailure) {
      var request = ExchangeRequest(.get, try Self.expand(probe.url, provider, parameters))
      request.headers = [("Accept", "application/json"), ("User-Agent", "reseal")]
      for (name, value) in probe.headers.sorted(by: { $0.key < $1.key }) {
        request.headers.removeAll { $0.name.lowercased() == name.lowercased() }
        request.headers.append((name, value))
      }
      request.secretHeader = header
      let reply = try await exchange.send(request)
      return Self.read(probe, status: reply.status, body: reply.body)
    } catch {
      return .unreachable(error)
    }
  }

  /// The header that carries the credential, as callers of the provider's API need it too. `nil` if a field is missing
  /// or holds a control character, which could end the header.
  package static func header(of provider: Provider, fields: borrowing FieldSet) -> SecretHeader? {
    guard let header = provider.header else { return basic(fields) }
    var writer = SecretWriter()
    for part in header.format.parts {
      switch part {
      case .literal(let text): writer.append(text)
      case .placeholder(let name):
        guard let value = fields.value(name) else { return nil }
        writer.append(value)
      }
    }
    return checked(header.name, writer.finish())
  }

  static func read(_ probe: Probe, status: Int, body: borrowing Secret) -> ProbeResult {
    switch status {
    case 200..<300: body.withBytes { identity(probe, status, $0) }
    case 400, 401, 403, 404: .refused(status: status)
    default: .unavailable(status: status)
    }
  }

  private static func identity(_ probe: Probe, _ status: Int, _ bytes: UnsafeRawBufferPointer) -> ProbeResult {
    guard let reply = SecretJSON(bytes) else { return .unusable }
    if let success = probe.success, reply.text(success.pointer) != success.equals { return .refused(status: status) }
    guard let actor = reply.text(probe.actor),
      let identity = AccountIdentity(
        actor: actor, tenant: probe.tenant.flatMap(reply.text), label: probe.label.flatMap(reply.text))
    else { return .unusable }
    return .identity(identity)
  }

  private static func basic(_ fields: borrowing FieldSet) -> SecretHeader? {
    guard let username = fields.value("username"), let password = fields.value("password") else { return nil }
    var pair = SecretWriter()
    pair.append(username)
    pair.append(UInt8(ascii: ":"))
    pair.append(password)
    return .authorization(ClientCredentials.basic(pair: pair.finish()))
  }

  private static func checked(_ name: String, _ value: consuming Secret) -> SecretHeader? {
    let isClean = value.withBytes { $0.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    return isClean ? SecretHeader(name: name, value: value) : nil
  }
}
