import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// A refresh whose answer was lost, at a provider that may have ended the access token with it: nothing that is dead is
/// served for the rest of its life, and nothing that lives is risked.
struct DoubtfulTokenTests {
  /// A refresh whose reply is lost, of a token that was to live for an hour.
  private func lose(_ world: World, _ fault: String) async throws -> UUID {
    try await world.provider.turn(#"{"access_token_lifetime": 3600}"#)
    let id = try await world.connect()
    try await world.provider.turn(fault)
    try world.advanceToRefresh(id)
    guard case .degraded = try await world.refresh(id) else {
      Issue.record("its reply was not lost")
      return id
    }
    #expect(try world.refreshAttempts(id).last?.state == .uncertain)
    return id
  }

  @Test func aTokenThatEndedWithTheRotationIsFoundOutAtTheNextRefresh() async throws {
    try await World.run { world in
      let id = try await lose(world, #"{"lose_reply": true, "count": 1}"#)
      try await world.provider.expireAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try world.state(id) == .needsReauthorization && world.count(.needsReauthorization, of: id) == 1)
    }
  }

  @Test func aReportFindsItOutToo() async throws {
    try await World.run { world in
      let id = try await lose(world, #"{"lose_reply": true, "count": 1}"#)
      try await world.provider.expireAll()
      let verdict = try await world.assembly.tokenReport.report(
        id, workspace: world.workspace, version: 1, by: .library)
      #expect(verdict == .refused)
      #expect(try world.state(id) == .needsReauthorization)
    }
  }

  @Test func aGrantThatWasNotRotatedIsSaved() async throws {
    try await World.run { world in
      let id = try await lose(world, #"{"reset_before": true, "count": 1}"#)
      try await world.provider.expireAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.state(id) == .ready)
    }
  }

  @Test(arguments: ["{}", #"{"fail_whoami": 500}"#])
  func whatLivesOrCannotBeAskedIsNotRisked(_ fault: String) async throws {
    try await World.run { world in
      let id = try await lose(world, #"{"lose_reply": true, "count": 1}"#)
      let requests = try await world.provider.count("token_requests")
      try await world.provider.turn(fault)
      try world.advanceToRefresh(id)
      for trigger in [RefreshTrigger.due, .forced(seen: 1)] {
        guard case .degraded("refresh_uncertain", _) = try await world.refresh(id, trigger) else {
          Issue.record("sent again")
          return
        }
      }
      #expect(try await world.provider.count("token_requests") == requests)
      let expiry = try #require(try world.credentials(id)[0].expiresAt)
      #expect(try world.schedule(id)?.refreshAt == expiry - .seconds(30))
    }
  }
}
