public import Foundation
import Custody
import Logging
import Renewal
import Storage

/// A vault, for backend services in the same process: `open`, then `credential(…)`.
///
///     let vault = try await Vault.open(at: "reseal.db", rootKey: .file("reseal.key"))
///     switch try await vault.credential(workspace: w, customer: "customer_1234", integration: id) {
///     case .active(let credential): try credential.withAccessToken { bytes in … }
///     case .unavailable(let reason): …
///     }
///
/// Any number of processes may open the same database together, the server among them.
public final class Vault: Sendable {
  private let assembly: Assembly
  private let scheduler: Task<Void, Never>?

  private init(_ assembly: Assembly, background: Bool) {
    self.assembly = assembly
    scheduler = background ? Task { await assembly.scheduler().run() } : nil
  }

  deinit {
    scheduler?.cancel()
    let assembly = assembly
    Task { await assembly.shutdown() }
  }

  /// Opens a vault that `reseal init` has made.
  /// - Parameters:
  ///   - providers: a folder of provider files, beside those that Reseal brings.
  ///   - publicURL: the server's, for the links that repair an integration; without it there are none.
  ///   - background: also refreshes ahead of expiry, as the server does.
  ///   - allowsPrivateAddresses: for providers on this machine or network.
  ///   - process: forbids core dumps and debuggers for the whole process, unless told `.unchanged`.
  /// - Throws: `VaultError.locked` for a missing or wrong root key.
  public static func open(
    at path: String, rootKey: RootKeyLocation, providers: String? = nil, publicURL: String? = nil,
    background: Bool = false, allowsPrivateAddresses: Bool = false,
    process: ProcessProtection = .hardened
  ) async throws(VaultError) -> Vault {
    guard process.apply() else {
      throw .unusable("this process cannot be protected from core dumps; open with process: .unchanged to go on without")
    }
    var options = AssemblyOptions(database: path, rootKey: rootKey.source, log: Logger(label: "reseal"))
    options.providers = providers
    if let publicURL {
      guard let url = PublicAddress.normalized(publicURL) else {
        throw .unusable("\(publicURL) is no public URL: give https://HOST or https://HOST:PORT, without a path")
      }
      options.publicURL = url
    }
    options.allowsPrivateAddresses = allowsPrivateAddresses
    do {
      return Vault(try await Assembly.open(options), background: background)
    } catch {
      throw VaultError(error)
    }
  }

  /// A credential that is valid now and for `validFor` (at most half of its lifetime), or the reason why there is none.
  ///
  /// Refreshes on the way where that is needed, once however many callers ask. The opening stands in the audit log
  /// before this returns.
  /// - Throws: `VaultError.notFound` for an integration that is not this workspace's and customer's.
  public func credential(
    workspace: UUID, customer: String, integration: UUID, validFor: Duration = .seconds(60)
  ) async throws(VaultError) -> CredentialAnswer {
    do {
      switch try await assembly.supply.credential(
        of: integration, workspace: workspace, customer: customer, validFor: validFor, by: .library)
      {
      case .credential(let opened): return .active(Credential(opened))
      case .unavailable(let reason):
        return .unavailable(Unavailable(reason, renewURL: assembly.renewLink.url(for: integration)))
      }
    } catch {
      throw VaultError(error)
    }
  }

  /// Finishes what is in flight and closes the database. The vault is of no use afterwards.
  public func close() async {
    scheduler?.cancel()
    await scheduler?.value
    await assembly.shutdown()
  }
}
