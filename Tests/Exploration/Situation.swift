import Renewal
import Storage

/// Everything there is at one moment: rows, processes, the provider, and what may still go wrong.
package struct Situation: Hashable {
  /// The current version: older ones decide nothing.
  struct Version: Hashable {
    var number: Int64 = 1
    let token: Int
    let expiresAt: Instant
  }

  struct Attempt: Hashable {
    var basis: RefreshBasis
    var token: Int
    var startedAt: Instant
    var state = RefreshAttemptState.intent
    var isTerminal = false
    var landed: ModelProvider.Reply?
    var isOpen = true
  }

  /// One refresh in a process.
  struct Flight: Hashable {
    /// The number of its attempt's row.
    let attempt: Int
    let expiresAt: Instant
    var claimEnds: Instant
  }

  enum Worker: Hashable {
    case idle
    /// Claim and intent are committed.
    case ready(Flight)
    /// The request has left.
    case waiting(Flight)
    /// The reply is in memory.
    case holding(Flight, ModelProvider.Reply)
    case landed(Flight, ModelProvider.Reply)
    /// The provider said no for good, and what the access token says of it.
    case judging(Flight, isGone: Bool)
    case crashed(canBeSeen: Bool)
  }

  enum Renewer: Hashable {
    case absent
    case exchanging(grant: Int64)
    case swapped(family: Int)
    case ended
  }

  /// How often each of it may still happen.
  struct Mishaps: Hashable {
    var crashes = 1
    var losses = 1
    var troubles = 1
    var withdrawals = 1
    var renewals = 1
    var disconnects = 1
    /// … and all of it together.
    var inAll = 6
  }

  var moment = 0
  var state = IntegrationState(lifecycle: .ready)
  var grant: Int64 = 1
  var credential: Version
  var attempts: [Attempt] = []
  var refreshAt: Instant?
  var failures: Int64 = 0
  /// Who holds the claim: a worker's number, 2 for the renewal.
  var holder: Int?
  var claimEnds = Instant(milliseconds: 0)
  var workers: [Worker] = [.idle, .idle]
  var renewer = Renewer.absent
  var provider: ModelProvider
  var left: Mishaps
  /// A request that its sender has given up, and the provider may still get.
  var stray: Int?
  /// A crash, a loss or a freeze fell between the provider's commit and the landing.
  var wasInTheGap = false
  var wasWithdrawn = false

  var now: Instant { Course.moments[min(moment, Course.moments.count - 1)] + overtime }
  /// Rounds after the last moment, a minute each, in which nothing goes wrong any more.
  var round = 0
  private var overtime: Duration { .seconds(65 * round) }

  var works: Bool { provider.takes(credential.token, at: now) }
}
