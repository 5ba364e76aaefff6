import Custody
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// What time makes useless goes; what somebody wrote, and what is in use, stays.
struct JanitorTests {
  /// Refreshes so many times, a day apart.
  private func refreshDaily(_ world: World, _ id: UUID, _ times: Int) async throws {
    for _ in 0..<times {
      world.time.advance(.seconds(24 * 3600))
      _ = try await world.refresh(id, .forced(seen: try world.head(id).currentVersion ?? 0))
    }
  }

  private func prunings(_ world: World) throws -> [String] {
    try world.audit().filter { $0.action == "workspace.prune" }.map(\.detail)
  }

  @Test func theNewestRefreshedVersionsAndTheYoungOnesStay() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-s")
      let id = try await world.connect("sandbox-s")
      try await refreshDaily(world, id, 9)
      #expect(try world.head(id).currentVersion == 10)
      #expect(try await world.assembly.janitor.run().total == 0, "all are young")
      #expect(try prunings(world) == [], "and nothing is written about it")
      world.time.advance(.seconds(27 * 24 * 3600))
      // Versions 2 to 6 are older than 30 days, 6 to 10 are the newest five.
      let events = try world.events(id).count
      let count = try await world.assembly.janitor.run()
      #expect(count.versions == 4 && count.attempts == 1 && count.refreshAttempts == 5 && count.events == events)
      #expect(try world.credentials(id).map(\.version) == [1, 6, 7, 8, 9, 10], "the connect's own stays")
      #expect(try prunings(world).count == 1)
      #expect(try prunings(world)[0].contains(#""versions":"4""#))
      #expect(try await world.serve(id).version == 11, "numbers go on")
      #expect(try await world.assembly.inspection.verify().vault.problems == [])
      #expect(try await world.assembly.janitor.run() == PruneCount(versions: 1), "a newer one came")
      #expect(try await world.assembly.janitor.run().total == 0)
    }
  }

  @Test func aWorkspaceDecidesForItself() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-s")
      let id = try await world.connect("sandbox-s")
      try await refreshDaily(world, id, 4)
      try await world.assembly.workspaces.update(world.workspace, origins: nil, by: .commandLine) { policy in
        (policy.keepVersions, policy.keepDays) = (1, 1)
      }
      #expect(try world.assembly.workspaces.workspace(world.workspace).allowedOrigins == ["https://app.example"])
      world.time.advance(.seconds(24 * 3600 + 1))
      #expect(try await world.assembly.janitor.run().versions == 3)
      #expect(try world.credentials(id).map(\.version) == [1, 5])
    }
  }

  @Test func theCurrentVersionStaysHoweverOldAndHoweverManyCameAfter() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-s")
      let id = try await world.connect("sandbox-s")
      try await refreshDaily(world, id, 1)
      let head = try world.head(id)
      // Later versions that never became current, as after a renewal that overtook them.
      for _ in 0..<6 {
        let row = try world.credentials(id)[1]
        try await world.custodian.amend { change in
          var head = try change.integration(id, workspace: row.workspace)
          head.lastVersion += 1
          var copy = row
          (copy.version, copy.state) = (head.lastVersion, .archived)
          try change.insert(copy)
          try change.update(head)
        }
      }
      world.time.advance(.seconds(60 * 24 * 3600))
      _ = try await world.assembly.janitor.run()
      let versions = try world.credentials(id).map(\.version)
      #expect(head.currentVersion == 2 && versions == [1, 2, 4, 5, 6, 7, 8])
    }
  }

  @Test func anUncertainUseStaysAsLongAsItsTokenDoes() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"lose_reply": true, "count": 1}"#)
      try world.advanceToRefresh(id)
      _ = try await world.refresh(id)
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain])
      world.time.advance(.seconds(60 * 24 * 3600))
      #expect(try await world.assembly.janitor.run().refreshAttempts == 0)
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain])
    }
  }

  @Test func eventNumbersAreNotGivenAgain() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let last = try world.custodian.view { try $0.unauthenticated.lastEvent(of: id) }
      world.time.advance(.seconds(40 * 24 * 3600))
      #expect(try await world.assembly.janitor.run().events > 0)
      #expect(try world.events(id) == [])
      _ = try await world.assembly.integrations.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      let page = try world.assembly.events.page(workspace: world.workspace, after: 0, limit: 9)
      #expect(page.count == 1 && page[0].sequence > last && page[0].integrationSequence > 1)
    }
  }

  @Test func whatDoesNotVerifyIsLeftToBeNamed() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-s")
      let id = try await world.connect("sandbox-s")
      try await refreshDaily(world, id, 8)
      world.time.advance(.seconds(60 * 24 * 3600))
      try await world.file.write(.normal) { tx in
        guard var row = try tx.row(CredentialRow.self, .uuid(id), .integer(2)) else { return }
        row.scopes = "all"
        try tx.update(row)
      }
      #expect(try await world.assembly.janitor.run().versions == 2)
      #expect(try await world.assembly.inspection.verify().vault.problems.contains("credentials/\(id.text)/2"))
    }
  }
}
