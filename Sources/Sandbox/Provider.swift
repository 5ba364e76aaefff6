import Foundation
import Synchronization

/// The running provider: the ledger behind a lock, the clock, the one client, and its own address.
///
/// Every visit to the ledger is short and synchronous. Waiting (the slow switches) happens between visits.
final class Provider: Sendable {
  let client: Client
  /// The path it lives under: empty, or `/spaces/NAME`.
  let root: String
  private let clock: @Sendable () -> Date
  private let ledger: Mutex<Ledger>
  private let address = Mutex("")

  init(options: SandboxOptions, space: String? = nil, clock: @escaping @Sendable () -> Date) {
    root = space.map { "/spaces/\($0)" } ?? ""
    client = Client(id: options.clientID, secret: options.clientSecret, redirectURIs: options.redirectURIs)
    self.clock = clock
    let seed = options.seed.map { seed in (space ?? "").utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
    ledger = Mutex(Ledger(defaults: Switches(accessTokenLifetime: options.accessTokenLifetime), seed: seed))
  }

  /// Reads or changes the ledger at the present time. Changes made before a throw stay.
  func visit<Answer: Sendable, Failure: Error>(
    _ body: (inout Ledger, Date) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let now = clock()
    return try ledger.withLock { (ledger) throws(Failure) in try body(&ledger, now) }
  }

  /// The address under which clients know this provider; the issuer too. Empty before the server listens.
  var baseURL: String {
    address.withLock { $0 }
  }

  func announce(baseURL: String) {
    address.withLock { $0 = baseURL + root }
  }
}
