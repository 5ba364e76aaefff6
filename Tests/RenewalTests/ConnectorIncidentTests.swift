import Custody
import Foundation
import OAuth
import Reseal
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Trouble of a connector as a whole.
struct ConnectorIncidentTests {
  private static let refusedClient = Gate.json(#"{"error":"invalid_client"}"#, status: "401 Unauthorized")
  private static let refusedToken = Gate.json(#"{"error":"invalid_grant"}"#, status: "400 Bad Request")

  private func connect(_ count: Int, _ connector: String = "sandbox", in world: World) async throws -> [UUID] {
    var ids: [UUID] = []
    for number in 0..<count { ids.append(try await world.connect(connector, customer: "customer_\(number)")) }
    return ids
  }

  private func incidents(_ world: World) throws -> [IncidentRow] {
    try world.custodian.view { try $0.rows(IncidentRow.self, matching: ["workspace": .uuid(world.workspace)]) }
  }

  private func told(_ world: World) throws -> [EventType] {
    try world.custodian.view { try $0.events(workspace: world.workspace, after: 0, limit: 10_000) }
      .filter { $0.connector != nil }.map(\.type)
  }

  private func rest(in world: World) async throws -> Duration {
    let row = try #require(
      try await world.file.write(.normal) { tx in try tx.rows(BreakerRow.self).first { $0.openUntil != nil } })
    return .milliseconds(try #require(row.openUntil) - world.time.clocks.boot().milliseconds)
  }

  @Test func aWrongClientSecretIsOneIncidentAndChangesNoIntegration() async throws {
    try await World.run { world in
      let ids = try await connect(12, in: world)
      let before = try ids.map(world.snapshot)
      world.time.advance(.seconds(40))
      world.gate.set(Self.refusedClient)
      let requests = world.gate.requests
      let summary = try await world.assembly.due.run(concurrency: 4)
      #expect(summary.refreshed == 0 && summary.resting == 1 && summary.needHuman > 0)
      #expect(world.gate.requests - requests <= 4, "those that were under way")
      #expect(try incidents(world).map(\.kind) == [.misconfigured])
      #expect(try told(world) == [.connectorMisconfigured])
      #expect(try ids.map(world.snapshot) == before)
      let explained = try world.assembly.directory.explanation(of: world.head(ids[0])).lines.joined(separator: "\n")
      #expect(explained.contains("refuses the client of the connector sandbox (invalid_client)"))
      #expect(explained.contains("Nothing of the connector sandbox is refreshed for another"))
      // A trial finds out that nothing has changed: no second incident.
      world.time.advance(try await rest(in: world))
      _ = try await world.assembly.due.run(concurrency: 4)
      #expect(world.gate.requests - requests <= 5)
      #expect(try incidents(world).count == 1 && told(world).count == 1)
      // Mended at the provider: the next trial goes through, and everything goes on.
      world.gate.set(.pass)
      world.time.advance(try await rest(in: world))
      var refreshed = 0
      for _ in 0..<3 { refreshed += try await world.assembly.due.run(concurrency: 4).refreshed }
      world.time.advance(.seconds(300))
      refreshed += try await world.assembly.due.run(concurrency: 4).refreshed
      #expect(refreshed >= 12)
      #expect(try ids.allSatisfy { try world.state($0) == .ready && world.head($0).currentVersion! >= 2 })
      #expect(try incidents(world).map(\.closedBy) == ["success"])
      #expect(try told(world) == [.connectorMisconfigured, .connectorRecovered])
    }
  }

  @Test func oneBadTokenAmongManyIsNoIncident() async throws {
    try await World.run { world in
      let ids = try await connect(3, in: world)
      world.time.advance(.seconds(40))
      #expect(try await world.refresh(ids[0]) == .fresh(version: 2))
      world.gate.set(Self.refusedClient)
      #expect(try await world.refresh(ids[1]) == .connectorRefused(reason: "invalid_client"))
      #expect(try incidents(world).isEmpty && told(world).isEmpty)
      world.gate.set(.pass)
      #expect(try await world.refresh(ids[2]) == .fresh(version: 2))
    }
  }

  @Test func theOtherClientSecretIsTriedAndPreferred() async throws {
    try await World.run { world in
      try await world.addConnector("rotating", provider: "sandbox", clientSecret: "not-yet-valid")
      func add(_ secret: String) async throws {
        _ = try await world.assembly.connectors.update(
          "rotating", workspace: world.workspace,
          ConnectorChange(clientSecret: Secret(copying: Array(secret.utf8))), by: .commandLine)
      }
      func preferred() throws -> Int64 {
        try world.assembly.connectors.show("rotating", workspace: world.workspace).row.secretVersion
      }
      try await add("sandbox-secret")
      let id = try await world.connect("rotating")
      try await add("wrong")
      #expect(
        try world.assembly.connectors.show("rotating", workspace: world.workspace).secrets.map(\.version) == [3, 2])
      #expect(try preferred() == 3)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.refreshAttempts(id).map(\.state) == [.refused, .committed])
      #expect(try preferred() == 2)
      try world.advanceToRefresh(id)
      let requests = world.gate.requests
      #expect(try await world.refresh(id) == .fresh(version: 3))
      #expect(world.gate.requests == requests + 1)
      #expect(try incidents(world).isEmpty)
    }
  }

  @Test func manyRefusedAtOnceAreNotBelieved() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let ids = try await connect(15, "sandbox-n", in: world)
      world.time.advance(.seconds(40))
      world.gate.set(Self.refusedToken)
      _ = try await world.assembly.due.run(concurrency: 1)
      #expect(try incidents(world).map(\.kind) == [.refusalsHeld])
      #expect(try told(world) == [.connectorRefusalsHeld])
      for _ in 0..<20 {
        world.time.advance(.seconds(900))
        _ = try await world.assembly.due.run(concurrency: 1)
      }
      #expect(try ids.allSatisfy { try world.head($0).lifecycle == .ready }, "no customer is bothered")
      #expect(try ids.allSatisfy { try world.count(.needsReauthorization, of: $0) == 0 })
      // The provider comes to its senses.
      world.gate.set(.pass)
      for _ in 0..<4 {
        world.time.advance(.seconds(900))
        _ = try await world.assembly.due.run(concurrency: 1)
      }
      #expect(try ids.allSatisfy { try world.state($0) == .ready })
      #expect(try incidents(world).map(\.closedBy) == ["success"])
      #expect(try told(world) == [.connectorRefusalsHeld, .connectorRecovered])
    }
  }

  @Test func anOperatorMayBelieveThem() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let ids = try await connect(12, "sandbox-n", in: world)
      world.time.advance(.seconds(40))
      world.gate.set(Self.refusedToken)
      _ = try await world.assembly.due.run(concurrency: 1)
      #expect(try incidents(world).count == 1)
      try await world.assembly.connectors.resume("sandbox-n", workspace: world.workspace, by: .commandLine)
      for _ in 0..<3 {
        world.time.advance(.seconds(900))
        _ = try await world.assembly.due.run(concurrency: 1)
      }
      #expect(try ids.allSatisfy { try world.state($0) == .needsReauthorization })
      #expect(try incidents(world).count == 1)
    }
  }
}
