import Custody
public import Foundation
import Renewal
import Storage

/// What a caller gets.
public enum CredentialAnswer: ~Copyable, Sendable {
  case active(Credential)
  case unavailable(Unavailable)
}

/// A credential that is valid now. It cannot be copied, printed or encoded; its bytes are wiped with it.
public struct Credential: ~Copyable, Sendable {
  private let opened: OpenedCredential

  init(_ opened: consuming OpenedCredential) { self.opened = opened }

  /// `oauth2`, `api_key` or `basic`.
  public var kind: String { opened.credential.kind.rawValue }

  /// Rises with every refresh, renewal and put; never reused.
  public var version: Int64 { opened.credential.version }

  /// `nil` for a credential that does not expire.
  public var expiresAt: Date? { opened.credential.expiresAt?.date }

  /// Hands the access token's bytes to `body`. They are gone when the credential is: do not keep the pointer.
  /// - Throws: `VaultError.noSuchField` for a credential that is no OAuth token; whatever `body` throws.
  public func withAccessToken<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    try withField("access_token", body)
  }

  /// Hands a field's bytes to `body`: `access_token`; `api_key`; `username`, `password`.
  public func withField<R>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard name != "refresh_token" else { throw VaultError.noSuchField("refresh_token") }
    guard let result = try opened.fields.withField(name, body) else { throw VaultError.noSuchField(name) }
    return result
  }

  /// `Bearer …`, as an HTTP client wants it: the named copy, which nobody wipes.
  public func authorizationHeader() throws -> String {
    try withAccessToken { "Bearer " + String(decoding: $0, as: UTF8.self) }
  }
}

/// Why there is no credential now. An expected answer, not an error.
public enum Unavailable: Sendable, Equatable {
  /// The customer has not finished the first connect.
  case pending
  /// The grant is gone: the customer must open the link (where a public URL is configured).
  case needsReauthorization(renewURL: String?)
  /// The customer, or the provider, has withdrawn access.
  case revoked(renewURL: String?)
  /// An operator has suspended the integration.
  case suspended
  case deleted
  /// The provider cannot be reached and the last token has run out.
  case providerDown(retryAfter: Duration)

  init(_ reason: Unavailability, renewURL: String?) {
    self =
      switch reason {
      case .pending: .pending
      case .needsReauthorization: .needsReauthorization(renewURL: renewURL)
      case .revoked: .revoked(renewURL: renewURL)
      case .suspended: .suspended
      case .deleted: .deleted
      case .providerUnavailable(let retryAfter): .providerDown(retryAfter: retryAfter)
      }
  }
}
