import Catalogue
import Custody
import Foundation
import Storage

/// What a refresh finds when it has looked.
enum RefreshStart: Sendable {
  case ended(RefreshOutcome)
  /// A reply that an earlier run left behind, sealed: to be parsed, nothing is sent.
  case landed(RefreshFlight)
  /// The refresh token may have been used up, and the access token with it: the provider is asked first.
  case doubtful(DoubtfulToken)
  case send(RefreshFlight)
}

/// An earlier use has its reply, which is not in the database yet.
struct SpooledReplyError: Error {}

extension Refresher {
  /// One transaction: re-read, claim, settle what older fences left, be admitted, record the intent.
  /// - Parameters:
  ///   - clientSecret: the one of the connector's secrets to try; the preferred one unless told.
  ///   - asked: what the provider said of the access token, where it was in doubt.
  /// - Throws: `SpooledReplyError` where the reply to an earlier use lies in the spool; nothing is changed then.
  func begin(
    _ integration: UUID, workspace: UUID, trigger: RefreshTrigger, clientSecret: Int64? = nil, asked: AskedToken? = nil
  ) async throws -> RefreshStart {
    do {
      return try await start(
        integration, workspace: workspace, trigger: trigger, clientSecret: clientSecret, asked: asked)
    } catch let refusal as NotAdmitted {
      return .ended(refusal.outcome)
    }
  }

  private func start(
    _ integration: UUID, workspace: UUID, trigger: RefreshTrigger, clientSecret: Int64?, asked: AskedToken?
  ) async throws -> RefreshStart {
    try await custodian.amend { [self] change in
      let head = try change.integration(integration, workspace: workspace)
      guard head.lifecycle == .ready, let version = head.currentVersion else {
        return .ended(try change.stopRefreshing(head))
      }
      let credential = try change.credential(of: head, version: version)
      if let outcome = try ready(head, credential, trigger, in: change) { return .ended(outcome) }
      let connector = try change.connector(of: head)
      guard let connection = Connection(connector: connector, parameters: head.parameters, catalogue: catalogue) else {
        unknownProviders.note(connector, to: log)
        return .ended(.degraded(reason: RefreshOutcome.unknownProvider, retryAfter: .seconds(60)))
      }
      if let held = try change.held(
        head, credential, connection, doubtsClock: try custodian.doubtsClock(in: change))
      { return .ended(held) }
      guard let claim = try take(head, for: RefreshFlight.claimDuration, in: change) else { return .ended(.busy) }
      let flight = FlightPlan(
        claim: claim, claimedAt: custodian.clocks.boot(), head: head, credential: credential, connection: connection,
        trigger: trigger, clientSecret: clientSecret, asked: asked)
      return try start(flight, in: change)
    }
  }

  /// What can be said without a claim; `nil` when there is something to do.
  private func ready(
    _ head: IntegrationRow, _ credential: CredentialRow, _ trigger: RefreshTrigger, in change: CustodyChange
  ) throws -> RefreshOutcome? {
    guard credential.refreshable else {
      return try change.settleUnrefreshable(head, credential, doubtsClock: try custodian.doubtsClock(in: change))
    }
    switch trigger {
    case .demand(let seen), .forced(let seen):
      if credential.version > seen { return .fresh(version: credential.version) }
    case .due: break
    }
    guard let schedule = try change.unauthenticated.row(ScheduleRow.self, .uuid(head.integration)) else { return nil }
    let dueIn = schedule.refreshAt.map { $0 - change.now } ?? .zero
    switch trigger {
    case .demand where schedule.failures > 0 && dueIn > .zero:
      return .degraded(reason: head.reasonCode ?? "backing_off", retryAfter: dueIn)
    case .due where dueIn > .zero || schedule.refreshAt == nil:
      return .fresh(version: credential.version)
    default: return nil
    }
  }

  /// The claim; one that a dead process left behind is taken over.
  func take(_ head: IntegrationRow, for duration: Duration, in change: CustodyChange) throws -> Claim? {
    let writes = change.unauthenticatedWrites
    if let schedule = try change.unauthenticated.row(ScheduleRow.self, .uuid(head.integration)),
      let holder = schedule.claimOwner, ProcessIdentity(text: holder).isGone
    {
      try writes.release(Claim(integration: head.integration, fence: schedule.fence, owner: holder))
    }
    return try writes.claim(
      head.integration, workspace: head.workspace, owner: owner.text, boot: custodian.clocks.boot(), for: duration)
  }

  private func start(_ plan: FlightPlan, in change: CustodyChange) throws -> RefreshStart {
    let (head, credential) = (plan.head, plan.credential)
    if let landed = try settleOlder(than: plan.claim, head, in: change) {
      return .landed(try flight(plan, attempt: landed, in: change))
    }
    var plan = plan
    plan.isWithinGrace = try isWithinGrace(credential, plan.connection, in: change)
    switch try resolution(plan, in: change) {
    case .send:
      let delay = try change.admit(plan, at: plan.claimedAt)
      let attempt = RefreshAttemptRow(
        integration: head.integration, fence: plan.claim.fence, workspace: head.workspace,
        grantNumber: head.grantNumber, usedVersion: credential.version, fingerprint: credential.fingerprint ?? [],
        startedAt: change.now)
      try change.insert(attempt)
      return .send(try flight(plan, attempt: attempt, sendAfter: delay, in: change))
    case .wait(let until):
      if let doubt = try change.doubtfulToken(plan) { return .doubtful(doubt) }
      try change.postpone(head, until: until, claim: plan.claim)
      return .ended(.degraded(reason: "refresh_uncertain", retryAfter: until - change.now))
    }
  }

  /// Attempts of older fences that never ended: a landed one is handed back, an intent has become uncertain.
  private func settleOlder(
    than claim: Claim, _ head: IntegrationRow, in change: CustodyChange
  ) throws -> RefreshAttemptRow? {
    let open = try change.rows(
      RefreshAttemptRow.self, matching: ["integration": .uuid(head.integration), "ended_at": .null])
    for var attempt in open where attempt.state == .intent {
      if spool.holds(attempt) { throw SpooledReplyError() }
      (attempt.state, attempt.reason, attempt.endedAt) = (.uncertain, "abandoned", change.now)
      try change.update(attempt)
    }
    return open.first { $0.state == .landed }
  }

  private func isWithinGrace(
    _ credential: CredentialRow, _ connection: Connection, in change: CustodyChange
  ) throws -> Bool {
    guard case .g(let seconds) = connection.refreshPolicy.refreshClass else { return false }
    let uses = try change.uses(of: credential.fingerprint, integration: credential.integration, as: .uncertain)
    return uses.map(\.startedAt).min().map { change.now < $0 + .seconds(seconds) } ?? false
  }

  private func resolution(_ plan: FlightPlan, in change: CustodyChange) throws -> UncertainResolution {
    let credential = plan.credential
    // Whatever the clock says: with its access token refused, nothing is left that another use could cost.
    if plan.asked == AskedToken(version: credential.version, isDead: true) { return .send }
    let uncertain = try change.uses(
      of: credential.fingerprint, integration: credential.integration, as: .uncertain)
    let policy = plan.connection.refreshPolicy
    // Neither a grace nor the end of a token can be reckoned by a clock that jumped: a use too many may cost the grant.
    if !uncertain.isEmpty, policy.punishesReplay, try custodian.doubtsClock(in: change) {
      return .wait(until: change.now + RefreshOutcome.clockPause)
    }
    return .decide(
      policy.refreshClass, uses: uncertain.map(\.startedAt), expiresAt: credential.expiresAt,
      lifetime: credential.ttl, now: change.now)
  }

  private func flight(
    _ plan: FlightPlan, attempt: RefreshAttemptRow, sendAfter delay: Duration = .zero, in change: CustodyChange
  ) throws -> RefreshFlight {
    let ends = plan.claimedAt.milliseconds + RefreshFlight.claimDuration.milliseconds
    return RefreshFlight(
      claim: plan.claim, claimEnds: ends, head: plan.head, credential: plan.credential, connection: plan.connection,
      attempt: attempt,
      credentialOpening: try change.recordOpening(of: plan.credential, by: .refresher, purpose: "refresh"),
      client: try change.recordClient(
        of: plan.connection.connector, version: plan.clientSecret, by: .refresher, purpose: "refresh"),
      triesOtherSecret: plan.clientSecret != nil, sendAfter: delay,
      seal: try custodian.preparedSeal(
        name: RefreshFlight.landedName(attempt), workspace: plan.head.workspace, integration: plan.head))
  }
}
