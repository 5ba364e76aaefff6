import Custody
import FamilyProvider
import Foundation
import Glibc
import Logging
import Reseal
import Sealing
import Storage

/// The parts of the proof in which many processes refresh the same families: provider, vault and callers, each a process.
enum Families {
  /// The provider alone, in real time, until it is killed. Prints its port.
  /// - Parameter arguments: how many families, the access tokens' lifetime in seconds.
  static func provide(_ arguments: [String]) throws {
    let provider = Provider(.strict, lifetime: (Int64(arguments[1]) ?? 0) * 1000) { Int64(Date().timeIntervalSince1970 * 1000) }
    for _ in 0..<(Int(arguments[0]) ?? 0) { _ = provider.grant() }
    let server = ProviderServer(provider, threads: 16)
    try FileHandle.standardOutput.write(contentsOf: Data("\(server.port)\n".utf8))
    while true { sleep(3600) }
  }

  /// Puts each family's first tokens into a vault that the command made. Prints the integrations.
  /// - Parameter arguments: database, key, providers, how many, lifetime.
  static func fill(_ arguments: [String]) async throws {
    var options = AssemblyOptions(
      database: arguments[0], rootKey: .file(path: arguments[1]), log: Logger(label: "families"))
    options.providers = arguments[2]
    let engine = try await Assembly.open(options)
    let workspace = try engine.workspaces.list()[0].workspace
    _ = try await engine.connectors.add(
      ConnectorDraft(
        slug: "families", provider: "families", clientID: "client", scopes: [], identityPolicy: .any,
        importPolicy: .immediate, parameters: [:]),
      clientSecret: Secret(copying: Array("secret".utf8)), workspace: workspace, by: .commandLine)
    for family in 0..<(Int(arguments[3]) ?? 0) {
      let integration = UUID()
      var fields = CredentialFieldsWriter()
      fields.add("access_token", Secret(copying: Array(Token(family: family, number: 1).text("at").utf8)))
      fields.add("refresh_token", Secret(copying: Array(Token(family: family, number: 0).text("rt").utf8)))
      _ = try await engine.integrations.put(
        fields.finish(), kind: .oauth2, expiresAt: engine.now + .seconds(Int(arguments[4]) ?? 0),
        integration: integration, workspace: workspace, connector: "families", customer: "customer", by: .commandLine)
      print(integration.uuidString.lowercased())
    }
    await engine.shutdown()
  }

  /// A caller that fetches on demand, through the library, until its input ends. Prints what it got.
  /// - Parameter arguments: database, key, providers, workspace; the integrations come one a line.
  static func call(_ arguments: [String]) async throws {
    let integrations = FamilyList.read()
    let workspace = UUID(uuidString: arguments[3])!
    let vault = try await Vault.open(
      at: arguments[0], rootKey: .file(arguments[1]), providers: arguments[2], allowsPrivateAddresses: true,
      process: .unchanged)
    var (served, unavailable, busy) = (0, 0, 0)
    while !FamilyList.hasEnded, let integration = integrations.randomElement() {
      do {
        if try await serves(vault, workspace, integration) { served += 1 } else { unavailable += 1 }
      } catch VaultError.unusable {
        busy += 1  // eight writers on one file: the lock was held for longer than anybody waits
      }
    }
    await vault.close()
    print(#"{"served":\#(served),"unavailable":\#(unavailable),"busy":\#(busy)}"#)
  }

  private static func serves(_ vault: Vault, _ workspace: UUID, _ integration: UUID) async throws -> Bool {
    switch try await vault.credential(
      workspace: workspace, customer: "customer", integration: integration, validFor: .seconds(3600))
    {
    case .active: true
    case .unavailable: false
    }
  }
}

/// Integrations on standard input, up to an empty line; whoever wrote them closes it to say that it is enough.
private enum FamilyList {
  static func read() -> [UUID] {
    var integrations: [UUID] = []
    while let line = readLine(), !line.isEmpty { integrations += [UUID(uuidString: line)].compactMap { $0 } }
    return integrations
  }

  static var hasEnded: Bool {
    var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) > 0
  }
}
