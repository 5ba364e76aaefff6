import Foundation

/// All that the provider knows: grants, codes, tokens, switches, counts. Pure: the time arrives as an argument, and
/// nothing here waits. Verbs that issue stand in `Issuing.swift`.
///
/// Everything is kept until a reset, dead refresh tokens too, for their reuse has to be recognised.
struct Ledger: Sendable {
  let defaults: Switches
  var switches: Switches
  var statistics = Statistics()
  var grants: [String: Grant] = [:]
  var codes: [String: AuthorizationCode] = [:]
  var accessTokens: [String: AccessToken] = [:]
  var refreshTokens: [String: RefreshToken] = [:]
  var lastGrantNumber = 0
  var tickets: Tickets

  init(defaults: Switches, seed: UInt64? = nil) {
    self.defaults = defaults
    switches = defaults
    tickets = Tickets(seed: seed)
  }

  /// Back to the start, with two exceptions: requests that are under way still have to leave the count of those in
  /// flight, and neither a grant's number nor a token ever returns.
  mutating func reset() {
    var fresh = Ledger(defaults: defaults)
    fresh.statistics.requestsInFlight = statistics.requestsInFlight
    fresh.lastGrantNumber = lastGrantNumber
    fresh.tickets = tickets
    self = fresh
  }

  /// Counts a token request and tells the faults that it meets: a copy, so that what comes after cannot change them.
  mutating func beginTokenRequest() -> Switches {
    statistics.tokenRequestBegan()
    let faults = switches
    if faults.touchesTokenRequests { switches.spendOne() }
    return faults
  }

  /// Counts a `whoami` and tells the status that it must fail with, if any.
  mutating func beginWhoami() -> Int? {
    statistics.whoami += 1
    guard switches.failWhoami != 0 else { return nil }
    defer { switches.spendOne() }
    return switches.failWhoami
  }

  /// Whom an access token speaks for; nil when it is unknown, expired or revoked.
  func account(ofAccessToken token: String, now: Date) -> Account? {
    guard let access = accessTokens[token], let grant = grants[access.grantID] else { return nil }
    guard !grant.isRevoked, now < access.expiresAt, access.number > grant.expiredThrough else { return nil }
    return grant.account
  }

  /// The grant that a token of either kind belongs to.
  func grantID(ofToken token: String) -> String? {
    refreshTokens[token]?.grantID ?? accessTokens[token]?.grantID
  }

  /// All grants, oldest first.
  var grantsInOrder: [Grant] {
    grants.values.sorted { ($0.issuedAt, $0.id.count, $0.id) < ($1.issuedAt, $1.id.count, $1.id) }
  }
}

/// Which grants a control action is meant for.
enum GrantSelection: Sendable {
  case all
  case one(id: String)
  case account(name: String)

  func contains(_ grant: Grant) -> Bool {
    switch self {
    case .all: true
    case .one(let id): grant.id == id
    case .account(let name): grant.account.name == name
    }
  }
}

extension Ledger {
  /// Ends grants as their owner would in the provider's settings.
  ///
  /// - Returns: how many were selected, whether or not they were alive.
  mutating func revoke(_ selection: GrantSelection) -> Int {
    change(selection) { $0.isRevoked = true }
  }

  /// Ends the access tokens issued so far; the grants live on and can be refreshed.
  mutating func expire(_ selection: GrantSelection, now: Date) -> Int {
    change(selection) { grant in
      grant.expiredThrough = grant.accessTokens
      grant.accessExpiresAt = min(grant.accessExpiresAt, now)
    }
  }

  private mutating func change(_ selection: GrantSelection, _ change: (inout Grant) -> Void) -> Int {
    let selected = grants.values.filter(selection.contains).map(\.id)
    for id in selected { change(&grants[id]!) }
    return selected.count
  }
}
