import Catalogue
import Custody
import Events
import Exchange
import Foundation
import Logging
import OAuth
import Renewal
import Sealing
import Storage
import Synchronization

/// What a vault is put together from.
package struct AssemblyOptions: Sendable {
  package var database: String
  package var rootKey: RootKeySource
  /// A folder of provider files, beside those in the binary.
  package var providers: String?
  package var publicURL: String?
  /// Lets the vault talk to loopback and private addresses: for sandboxes and tests.
  package var allowsPrivateAddresses = false
  package var clocks = Clocks.system
  package var chance = Chance.system
  package var faults = Faults.none
  package var probePauses = Attempts.probePauses
  package var log: Logger

  package init(database: String, rootKey: RootKeySource, log: Logger) {
    self.database = database
    self.rootKey = rootKey
    self.log = log
  }
}

/// The one place where the objects that carry power are made: key ring and store (in the custodian), the exchange, the
/// clocks. It keeps them to itself and hands out verbs: the server, the command and the library's `Vault` are views of it.
package final class Assembly: Sendable {
  let custodian: Custodian
  package let catalogue: ProviderCatalogue
  package let address: PublicAddress
  package let refresher: Refresher
  package let supply: CredentialSupply
  package let due: DueRefreshes
  package let notices: DeadlineNotices
  package let clock: ClockWatch
  package let attempts: Attempts
  package let integrations: IntegrationVerbs
  package let revocations: Revocations
  package let tokenReport: TokenReport
  package let rollback: CredentialRollback
  package let janitor: Janitor
  package let events: EventFeed
  package let renewLink: RenewLink
  package let sessions: ConnectSessions
  /// What `listen` hands to a page that may hear an integration's events.
  package let listenerToken: IntegrationToken
  package let directory: Directory
  package let workspaces: Workspaces
  package let workspaceKeys: WorkspaceKeys
  package let certificates: Certificates
  package let connectors: Connectors
  package let accessKeys: AccessKeys
  package let rootKeys: RootKeys
  package let inspection: Inspection
  package let audit: AuditTrail
  package let backups: Backups
  package let gauges: Gauges
  package let log: Logger
  private let exchange: HTTPExchange
  private let isShutDown = Atomic<Bool>(false)

  /// Opens the vault and puts everything together.
  /// - Throws: `CustodyError.locked`, `StorageError`, `CatalogueError`.
  package static func open(_ options: AssemblyOptions) async throws -> Assembly {
    let catalogue = try ProviderCatalogue.load(directory: options.providers)
    let custodian = try await Custodian.open(
      at: options.database, rootKey: options.rootKey, clocks: options.clocks, faults: options.faults)
    if !Sodium.isMemoryLocked {
      options.log.warning("keys may be swapped out: RLIMIT_MEMLOCK is too low to lock them in memory")
    }
    let assembly = Assembly(custodian: custodian, catalogue: catalogue, options: options)
    await assembly.refresher.collectSpooled()
    return assembly
  }

  private init(custodian: Custodian, catalogue: ProviderCatalogue, options: AssemblyOptions) {
    self.custodian = custodian
    self.catalogue = catalogue
    log = options.log
    address = PublicAddress(options.publicURL)
    exchange = HTTPExchange(allowPrivateAddresses: options.allowsPrivateAddresses, logger: options.log)
    let endpoints = ProviderEndpoints(exchange: exchange)
    refresher = Refresher(
      custodian: custodian, catalogue: catalogue, endpoints: endpoints, chance: options.chance, log: options.log)
    supply = CredentialSupply(custodian: custodian, refresher: refresher)
    due = DueRefreshes(custodian: custodian, refresher: refresher, log: options.log)
    notices = DeadlineNotices(custodian: custodian, log: options.log)
    clock = ClockWatch(custodian: custodian, log: options.log)
    attempts = Attempts(
      custodian: custodian, catalogue: catalogue, endpoints: endpoints, refresher: refresher, address: address,
      chance: options.chance, log: options.log, probePauses: options.probePauses)
    integrations = IntegrationVerbs(custodian: custodian, catalogue: catalogue, chance: options.chance)
    revocations = Revocations(
      custodian: custodian, catalogue: catalogue, endpoints: endpoints, refresher: refresher, log: options.log)
    tokenReport = TokenReport(
      custodian: custodian, catalogue: catalogue, endpoints: endpoints, refresher: refresher)
    rollback = CredentialRollback(custodian: custodian, catalogue: catalogue, chance: options.chance)
    janitor = Janitor(custodian: custodian, log: options.log)
    events = EventFeed(custodian: custodian)
    renewLink = RenewLink(custodian: custodian, address: address)
    sessions = ConnectSessions(custodian: custodian, address: address)
    directory = Directory(custodian: custodian, catalogue: catalogue)
    workspaces = Workspaces(custodian: custodian)
    workspaceKeys = WorkspaceKeys(custodian: custodian)
    certificates = Certificates(custodian: custodian)
    connectors = Connectors(custodian: custodian)
    accessKeys = AccessKeys(custodian: custodian)
    rootKeys = RootKeys(custodian: custodian)
    inspection = Inspection(custodian: custodian, refresher: refresher)
    audit = AuditTrail(custodian: custodian)
    backups = Backups(custodian: custodian, refresher: refresher)
    gauges = Gauges(custodian: custodian)
    listenerToken = IntegrationToken(custodian: custodian, label: "listen", lifetime: .seconds(24 * 3600))
  }

  /// Makes a new vault; see `Custodian.create`.
  @discardableResult
  package static func create(
    at path: String, rootKey: RootKeySource, clocks: Clocks = .system, handOver: (NewVault) throws -> Void = { _ in }
  ) async throws -> NewVault {
    try await Custodian.create(at: path, rootKey: rootKey, clocks: clocks, handOver: handOver)
  }

  /// What time it is for this vault.
  package var now: Instant { custodian.clocks.now() }

  /// A scheduler over this vault; it runs as long as its task.
  package func scheduler(concurrency: Int = 8) -> RefreshScheduler {
    RefreshScheduler(
      due: due, notices: notices, clock: clock, custodian: custodian, concurrency: concurrency, log: log)
  }

  /// Finishes what is in flight and lets go of the network and the file.
  package func shutdown() async {
    guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
    await refresher.drain()
    await exchange.shutdown()
    do { try await custodian.close() } catch { log.warning("the database was not closed", metadata: ["error": "\(error)"]) }
  }
}
