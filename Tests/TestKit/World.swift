import Custody
import Foundation
import Logging
import OAuth
import Renewal
import Reseal
import Sandbox
import Sealing
import Storage

/// A vault in a temporary folder, a provider on loopback behind a gate, and one time for both.
///
/// The provider stands in the catalogue several times, once per refresh class: `sandbox` (X), `sandbox-n`, `sandbox-s`,
/// `sandbox-g` (grace of 30 s), `sandbox-bare`, which has no probe, `sandbox-limited` (N), whose grants end after 90 days,
/// and after 10 without use, `sandbox-whole`, whose revocation ends all that a client has from an account, and
/// `sandbox-shop`, whose connections say which shop they are of. The gate stands before the endpoints for tokens and for
/// their revocation.
package final class World: Sendable {
  package static let address = "http://127.0.0.1:1"
  package static let customer = "customer_1"

  package let time: VirtualTime
  package let folder: TemporaryFolder
  package let provider: ProviderControl
  package let gate: Gate
  package let workspace: UUID
  /// The vault as the first process sees it.
  package let assembly: Assembly
  /// A second door to the same vault: for looking at rows.
  package let custodian: Custodian
  /// The database without the vault: for changing rows behind its back.
  package let file: Store

  private init(
    time: VirtualTime, folder: TemporaryFolder, provider: ProviderControl, gate: Gate, workspace: UUID,
    assembly: Assembly, custodian: Custodian, file: Store
  ) {
    self.time = time
    self.folder = folder
    self.provider = provider
    self.gate = gate
    self.workspace = workspace
    self.assembly = assembly
    self.custodian = custodian
    self.file = file
  }

  /// Makes a world, lets `body` happen in it, and ends it. Whatever hangs is given up after 50 s.
  /// - Parameter rate: requests per second that the provider allows; whoever waits for it lets time pass.
  package static func run(
    rate: Int? = nil, _ body: @escaping @Sendable (World) async throws -> Void
  ) async throws {
    await Turnstile.worlds.enter()
    do {
      try await live(rate, body)
      await Turnstile.worlds.leave()
    } catch {
      await Turnstile.worlds.leave()
      throw error
    }
  }

  private static func live(_ rate: Int?, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
    let time = VirtualTime()
    let (bases, continuation) = AsyncStream.makeStream(of: String.self)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await SandboxServer(options: SandboxOptions(), clock: { time.date }).run { continuation.yield($0) }
        return false
      }
      group.addTask {
        try await Task.sleep(for: .seconds(50))
        throw WaitedTooLong(what: "the end of a test")
      }
      group.addTask {
        var iterator = bases.makeAsyncIterator()
        guard let base = await iterator.next() else { return true }
        let world = try await World.make(time: time, base: base, rate: rate)
        do {
          try await body(world)
          await world.end()
        } catch {
          await world.end()
          throw error
        }
        return true
      }
      while let isOver = try await group.next(), !isOver {}
      group.cancelAll()
    }
  }

  private func end() async {
    gate.stop()
    await assembly.shutdown()
    try? await custodian.close()
    try? file.close()
  }

  private static func make(time: VirtualTime, base: String, rate: Int?) async throws -> World {
    let folder = try TemporaryFolder()
    let provider = ProviderControl(base: base)
    let gate = Gate(to: provider.port)
    try ProviderFiles(base: base, gate: gate.port, rate: rate).write(to: folder)
    let workspace = UUID()
    let rootKey = RootKeySource.file(path: folder.keyFile)
    try await Assembly.create(at: folder.database, rootKey: rootKey, clocks: time.clocks)
    let world = World(
      time: time, folder: folder, provider: provider, gate: gate, workspace: workspace,
      assembly: try await open(folder, rate == nil ? time.clocks : time.flyingClocks),
      custodian: try await Custodian.open(at: folder.database, rootKey: rootKey, clocks: time.clocks),
      file: try Store.open(at: folder.database))
    try await world.assembly.workspaces.create(
      id: workspace, name: "Company", origins: ["https://app.example"], by: .commandLine)
    try await world.addConnector("sandbox")
    try await world.addCertificate(.shared, to: workspace)
    return world
  }

  private static func open(
    _ folder: TemporaryFolder, _ clocks: Clocks, database: String? = nil, faults: Faults = .none
  ) async throws -> Assembly {
    var options = AssemblyOptions(
      database: database ?? folder.database, rootKey: .file(path: folder.keyFile),
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    options.providers = folder.providers
    options.publicURL = address
    options.allowsPrivateAddresses = true
    options.clocks = clocks
    options.chance = Chance { 0.5 }
    options.faults = faults
    options.probePauses = [.milliseconds(10), .milliseconds(300)]
    return try await Assembly.open(options)
  }

  /// The same vault as another process would open it. To be shut down by whoever asked.
  /// - Parameter database: another database of the same folder and key: a restored one.
  /// - Parameter faults: what strikes it on the way.
  package func another(database: String? = nil, faults: Faults = .none) async throws -> Assembly {
    try await Self.open(folder, time.clocks, database: database, faults: faults)
  }

  /// A registration with a provider of the catalogue; its slug is the provider's unless told otherwise.
  @discardableResult
  package func addConnector(
    _ slug: String, provider: String? = nil, policy: IdentityPolicy = .sameTenant,
    clientSecret: String = "sandbox-secret",
    scopes: [String] = ["read", "write"], importPolicy: ImportPolicy = .immediate, workspace: UUID? = nil
  ) async throws -> ConnectorRow {
    try await assembly.connectors.add(
      ConnectorDraft(
        slug: slug, provider: provider ?? slug, clientID: "sandbox-client", scopes: scopes, identityPolicy: policy,
        importPolicy: importPolicy, parameters: [:]),
      clientSecret: Secret(copying: Array(clientSecret.utf8)), workspace: workspace ?? self.workspace, by: .commandLine)
  }
}

/// The sandbox's own provider file, once per refresh class, with the gate in front of its token endpoint.
private struct ProviderFiles {
  let base: String
  let gate: UInt16
  let rate: Int?

  func write(to folder: TemporaryFolder) throws {
    try SandboxDescription(base: base).write(to: folder.providers)
    let text = try folder.read("providers/sandbox.yaml")
      .replacing("url: \(base)/token", with: "url: http://127.0.0.1:\(gate)/token")
      .replacing("class: X", with: rate.map { "class: X\n  rate: \($0)" } ?? "class: X")
      .replacing("url: \(base)/revoke", with: "url: http://127.0.0.1:\(gate)/revoke")
    try folder.write(text, to: "providers/sandbox.yaml")
    for (name, word) in [("n", "N"), ("s", "S"), ("g", "G(30)")] {
      try folder.write(
        text.replacing("slug: sandbox", with: "slug: sandbox-\(name)").replacing("class: X", with: "class: \(word)"),
        to: "providers/sandbox-\(name).yaml")
    }
    let limits = "class: N\n  idle_limit: 864000\n  absolute_limit: 7776000"
    try folder.write(
      text.replacing("slug: sandbox", with: "slug: sandbox-limited").replacing("class: X", with: limits)
        .replacing("  default_lifetime: 60\n", with: ""),
      to: "providers/sandbox-limited.yaml")
    try folder.write(
      text.replacing("slug: sandbox", with: "slug: sandbox-whole").replacing("scope: token", with: "scope: grant"),
      to: "providers/sandbox-whole.yaml")
    let shop = text.replacing("slug: sandbox", with: "slug: sandbox-shop")
      .replacing("url: \(base)/authorize", with: "url: \(base)/authorize\n  parameters: {shop: \"${shop}\"}")
    try folder.write("\(shop)inputs: [{name: shop}]\n", to: "providers/sandbox-shop.yaml")
    let (start, end) = (text.range(of: "probe:")!.lowerBound, text.range(of: "facts:")!.lowerBound)
    let bare = text[..<start] + text[end...]
    try folder.write(
      String(bare).replacing("slug: sandbox", with: "slug: sandbox-bare"), to: "providers/sandbox-bare.yaml")
  }
}
