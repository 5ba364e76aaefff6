import Custody
import FamilyProvider
import Foundation
import Renewal
import Reseal
import Storage

/// What runs came to.
struct Tally: Codable {
  var runs = 0
  /// Processes killed or stopped, engines abandoned.
  var crashes = 0
  /// Grants that nobody can refresh any more, because the provider replaced a token and nobody read by which.
  var lost = 0
  /// Uses of tokens that the provider had accepted before.
  var resent = 0
  var wrong: [String] = []

  mutating func add(_ other: Tally) {
    runs += other.runs
    crashes += other.crashes
    lost += other.lost
    resent += other.resent
    wrong += other.wrong
  }
}

extension Stage {
  private func head(_ subject: Subject, _ view: CustodyView) throws -> IntegrationRow {
    try view.integration(subject.integration, workspace: workspace)
  }

  /// Lets due work be done, and time pass to the next of it, until each subject has a new token or needs its customer.
  /// - Returns: whether it came to that; the engine may die on the way.
  func settle(_ subjects: [Subject], by engine: Assembly, _ strike: Strike) async throws -> Bool {
    for _ in 0..<400 {
      _ = try? await engine.due.run(concurrency: 8)
      if strike.isDead { return false }
      let open = try unsettled(subjects, by: engine)
      guard !open.isEmpty else { return true }
      let next = open.compactMap(\.refreshAt).min() ?? clock.now
      next > clock.now ? clock.advance(to: next) : clock.advance(.seconds(2))
    }
    return true
  }

  private func unsettled(_ subjects: [Subject], by engine: Assembly) throws -> [ScheduleRow] {
    try file.read { tx in
      try subjects.compactMap { subject in
        guard let head = try tx.row(IntegrationRow.self, .uuid(subject.integration)) else { return nil }
        let open = try tx.rows(
          RefreshAttemptRow.self, matching: ["integration": .uuid(subject.integration), "ended_at": .null])
        guard head.lifecycle == .ready, head.currentVersion == 1 || !open.isEmpty else { return nil }
        return try tx.row(ScheduleRow.self, .uuid(subject.integration))
      }
    }
  }

  /// Holds what the vault says against the provider's own truth: a stored credential works, now and once more, or the
  /// integration says that it needs someone.
  func judge(_ subjects: [Subject], by engine: Assembly) async throws -> Tally {
    var tally = Tally(runs: subjects.count)
    for subject in subjects {
      let head = try file.read { try $0.row(IntegrationRow.self, .uuid(subject.integration)) }
      let uses = try file.read {
        try $0.rows(RefreshAttemptRow.self, matching: ["integration": .uuid(subject.integration)])
      }
      let family = provider.family(subject.family) ?? Family()
      let story = "\(uses.map { "\($0.startedAt.text) \($0.state.rawValue)\($0.reason.map { "(\($0))" } ?? "")" }), \(family)"
      tally.resent += family.resent
      switch head?.lifecycle {
      case .ready:
        let outcome = try await engine.refresher.refresh(
          subject.integration, workspace: workspace, trigger: .forced(seen: head?.currentVersion ?? 0))
        guard case .fresh = outcome, try await works(subject, by: engine) else {
          tally.wrong.append("silently dead: \(outcome) after \(story)")
          continue
        }
      case .needsReauthorization where provider.rotation == .strict:
        if family.accepted > uses.count(where: { $0.state == .committed }) {
          tally.lost += 1
        } else {
          tally.wrong.append("given up, although the provider had nothing that nobody read: \(story)")
        }
      default: tally.wrong.append("\(head?.lifecycle.rawValue ?? "gone") after \(story)")
      }
    }
    return tally
  }

  func works(_ subject: Subject, by engine: Assembly) async throws -> Bool {
    guard
      case .credential(let opened) = try await engine.supply.credential(
        of: subject.integration, workspace: workspace, validFor: .seconds(60), by: .library),
      let access = token("access_token", opened), let refresh = token("refresh_token", opened),
      let family = provider.family(subject.family)
    else { return false }
    return access.family == subject.family && refresh.family == subject.family
      && family.accessTokenLives(access.number, at: clock.milliseconds)
      && family.accepts(refresh.number, provider.rotation, at: clock.milliseconds)
  }

  private func token(_ name: String, _ opened: borrowing OpenedCredential) -> Token? {
    opened.fields.withField(name) { String(decoding: $0, as: UTF8.self) }.flatMap { Token($0) }
  }
}
