import Custody
import Foundation
import Renewal
import Sealing
import Storage
import TestKit
import Testing

/// Bringing an older version back.
struct RollbackTests {
  @discardableResult
  private func put(_ key: String, _ world: World, _ id: UUID) async throws -> IntegrationRow {
    var fields = CredentialFieldsWriter()
    fields.add("api_key", Secret(copying: Array(key.utf8)))
    return try await world.assembly.integrations.put(
      fields.finish(), kind: .apiKey, expiresAt: nil, integration: id, workspace: world.workspace,
      connector: "sandbox", customer: World.customer, by: .commandLine)
  }

  @discardableResult
  private func rollBack(_ world: World, _ id: UUID, to version: Int64, force: Bool = false) async throws -> IntegrationRow {
    let plan = try world.assembly.rollback.plan(id, workspace: world.workspace, to: version)
    return try await world.assembly.rollback.perform(plan, force: force, by: .commandLine)
  }

  private func refusal(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "nothing was refused"
    } catch CustodyError.refused(let why) {
      return why
    } catch {
      return "\(error)"
    }
  }

  @Test func makesANewVersionUnderANewGrantAndRecordsTheOpening() async throws {
    try await World.run { world in
      let id = UUID()
      try await put("one", world, id)
      try await put("two", world, id)
      let head = try await rollBack(world, id, to: 1)
      #expect(head.currentVersion == 3 && head.lastVersion == 3 && head.grantNumber == 3)
      #expect(try await world.field("api_key", of: id) == "one")
      let rows = try world.credentials(id)
      #expect(rows.map(\.origin) == [.put, .put, .rollback] && rows.map(\.grantNumber) == [1, 2, 3])
      #expect(rows[2].sealed != rows[0].sealed)
      let steps = try world.assembly.directory.transitions(of: head)
      #expect(steps.last?.event == "credential_rolled_back" && steps.last?.version == 3)
      let audit = try world.audit().filter { $0.subject.hasSuffix(id.text) }
      #expect(audit.contains { $0.action == "credential.open" && $0.detail.contains("rollback") })
      #expect(audit.contains { $0.action == "credential.rollback" && $0.detail == #"{"to":"1","version":"3"}"# })
      #expect(try await put("four", world, id).currentVersion == 4)
    }
  }

  @Test func refusesWhatCannotBeOrNeedNotBe() async throws {
    try await World.run { world in
      let id = UUID()
      try await put("one", world, id)
      try await put("two", world, id)
      let before = try world.snapshot(id)
      #expect(await refusal { try await rollBack(world, id, to: 2, force: true) }.contains("current already"))
      #expect(await refusal { try await rollBack(world, id, to: 7, force: true) }.contains("no version 7"))
      #expect(try world.snapshot(id) == before)
      #expect(throws: CustodyError.notFound) {
        _ = try world.assembly.rollback.plan(id, workspace: UUID(), to: 1)
      }
      _ = try await world.assembly.integrations.apply(
        .disconnected, to: id, workspace: world.workspace, by: .commandLine)
      #expect(await refusal { try await rollBack(world, id, to: 1, force: true) }.contains("revoked"))
    }
  }

  @Test func anOldRefreshTokenOfARotatingProviderNeedsSomebodyWhoInsists() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      let before = try world.snapshot(id)
      #expect(await refusal { try await rollBack(world, id, to: 1) }.contains("class X"))
      #expect(try world.snapshot(id) == before)
      #expect(try !world.audit().contains { $0.detail.contains("rollback") }, "nothing was opened")
      let head = try await rollBack(world, id, to: 1, force: true)
      #expect(head.currentVersion == 3 && head.grantNumber == 2)
      let rows = try world.credentials(id)
      #expect(rows[2].fingerprint == rows[0].fingerprint && rows[2].expiresAt == rows[0].expiresAt)
      let refreshAt = try #require(try world.schedule(id)?.refreshAt)
      let expiry = try #require(rows[2].expiresAt)
      #expect(refreshAt < expiry && refreshAt >= expiry - .seconds(33))
    }
  }

  @Test func whereTokensAreNotReplacedItIsNoRisk() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try await rollBack(world, id, to: 1).currentVersion == 3)
    }
  }

  @Test func whatWasNeverServedStaysSo() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(.hold)
      try world.advanceToRefresh(id)
      async let late = world.refresh(id)
      try await world.eventually("a request under way") { world.gate.requests == 2 }
      try await put("mine", world, id)
      world.gate.open()
      _ = try await late
      #expect(try world.credentials(id).map(\.state) == [.committed, .committed, .archived])
      #expect(await refusal { try await rollBack(world, id, to: 3, force: true) }.contains("never served"))
      #expect(await refusal { try await rollBack(world, id, to: 1) }.contains("class X"))
    }
  }
}
