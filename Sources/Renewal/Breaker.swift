import Foundation
import Storage

/// The circuit breaker of a connector: pure arithmetic over its row and the boot clock.
///
/// It opens after five integrations in a row have met the provider's trouble, for longer each time, and lets one refresh
/// try when its time is over. An integration that fails again and again counts once: it may be alone with it. Many
/// customers who are refused within minutes, or a client that is refused for several of them, are the trouble of the
/// connector as a whole: then an incident goes with it.
extension BreakerRow {
  /// Whether a refresh may be begun.
  enum Admission: Equatable {
    case free
    /// As the one that tries whether the trouble is over.
    case trial
    case rest(Duration)
  }

  /// The reason of an open breaker that names none.
  static let unnamed = "breaker_open"
  static let failuresToOpen: Int64 = 5
  static let blamesToOpen: Int64 = 2
  static let refusalsToHold: Int64 = 10
  private static let window = Duration.seconds(600)
  private static let afterFailures = (first: Duration.seconds(10), longest: Duration.seconds(300))
  private static let afterIncident = (first: Duration.seconds(60), longest: Duration.seconds(900))

  func admission(at now: BootInstant) -> Admission {
    guard boot == now.boot, let openUntil else { return .free }
    if openUntil > now.milliseconds {
      return .rest(Self.rest(until: openUntil, from: now, atMost: Self.afterIncident.longest))
    }
    guard let trialUntil, trialUntil > now.milliseconds else { return .trial }
    return .rest(Self.rest(until: trialUntil, from: now, atMost: .seconds(2)))
  }

  /// Whatever somebody wrote there, nobody rests longer than the longest rest.
  private static func rest(until end: Int64, from now: BootInstant, atMost longest: Duration) -> Duration {
    min(.milliseconds(end - now.milliseconds), longest)
  }

  /// Whether somebody is trying at this moment.
  func isTried(at now: BootInstant) -> Bool { boot == now.boot && trialUntil.map { $0 > now.milliseconds } ?? false }

  mutating func beginTrial(at now: BootInstant) {
    trialUntil = now.milliseconds + RefreshFlight.claimDuration.milliseconds
  }

  mutating func succeed(at now: BootInstant) {
    count(at: now)
    successes += 1
    close()
  }

  /// The provider answered, and its answer is about one integration: it is there, and it knows our client.
  mutating func hear(at now: BootInstant) {
    count(at: now)
    close()
  }

  /// The provider could not be reached, or is in trouble.
  /// - Parameter isFirst: the integration's refresh before this one did not fail.
  mutating func fail(at now: BootInstant, reason: String, retryAfter: Duration?, isFirst: Bool) {
    count(at: now)
    if isFirst { failures += 1 }
    guard openUntil != nil || isFirst && failures >= Self.failuresToOpen else { return }
    let floor = min(retryAfter ?? .zero, Self.afterFailures.longest)
    open(at: now, reason: reason, Self.afterFailures, atLeast: floor, isLonger: isFirst)
  }

  /// The provider refuses our client.
  /// - Parameter isAlone: the connector has no other integration whose refresh could tell more.
  /// - Returns: whether it is the connector's trouble by now, and not that of one integration.
  mutating func blame(_ integration: UUID, isAlone: Bool, at now: BootInstant, reason: String) -> Bool {
    count(at: now)
    if blamed != integration.text { blames += 1 }
    blamed = integration.text
    // While others are refreshed, it may be that one token was given to another client.
    guard isAlone || successes == 0 || blames >= Self.blamesToOpen || openUntil != nil else { return false }
    open(at: now, reason: reason, Self.afterIncident, atLeast: .zero)
    return true
  }

  /// A token is refused, and was not before.
  /// - Returns: whether too many were, for all of them to be believed.
  mutating func refuse(at now: BootInstant) -> Bool {
    count(at: now)
    refusals += 1
    return refusals >= Self.refusalsToHold && refusals > successes
  }

  /// Whether what is counted since the trouble began says that it is over.
  var hasProven: Bool { successes >= 3 && successes > refusals }

  /// Stops refreshing because too many were refused.
  mutating func hold(at now: BootInstant, reason: String) {
    open(at: now, reason: reason, Self.afterIncident, atLeast: .zero)
  }

  /// Begins counting anew: from the beginning of a trouble, or from its end.
  mutating func recount(at now: BootInstant) {
    (countedFrom, refusals, successes) = (now.milliseconds, 0, 0)
  }

  mutating func close() {
    (failures, openings, blames, blamed) = (0, 0, 0, nil)
    (openUntil, trialUntil, reason) = (nil, nil, nil)
  }

  private mutating func open(
    at now: BootInstant, reason: String, _ rest: (first: Duration, longest: Duration), atLeast floor: Duration,
    isLonger: Bool = true
  ) {
    let step = isLonger ? openings : max(0, openings - 1)
    let length = max(floor, min(rest.longest, rest.first * Double(1 << min(step, 10))))
    // Those that were under way when it opened add nothing to its length.
    if isLonger, openUntil.map({ $0 <= now.milliseconds }) ?? true { openings += 1 }
    (openUntil, trialUntil, self.reason) = (now.milliseconds + length.milliseconds, nil, reason)
  }

  private mutating func count(at now: BootInstant) {
    let start = now.milliseconds - Self.window.milliseconds
    if countedFrom < start || countedFrom > now.milliseconds { recount(at: now) }
  }
}
