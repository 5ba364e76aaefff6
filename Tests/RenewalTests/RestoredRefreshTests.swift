import Custody
import Foundation
import Renewal
import Reseal
import Sealing
import Storage
import TestKit
import Testing

/// A restored vault holds old refresh tokens.
struct RestoredRefreshTests {
  private static let floor: Int64 = 1 << 32

  /// Backs the world's vault up, and opens what a restore makes of it. To be shut down by whoever asked.
  private func restored(
    _ world: World, originalIsGone: Bool = false, from database: String? = nil, name: String = "restored"
  ) async throws -> Assembly {
    let folder = world.folder.path
    let source = database == nil ? world.assembly : try await world.another(database: database)
    _ = try await source.backups.create(at: "\(folder)/\(name).backup", by: .commandLine)
    if database != nil { await source.shutdown() }
    let restore = try await BackupRestore.open(
      "\(folder)/\(name).backup", rootKey: .file(path: world.folder.keyFile), clocks: world.time.clocks)
    #expect(restore.report.isSound)
    _ = try await restore.restore(
      to: "\(folder)/\(name).db", originalIsGone: originalIsGone, quarantine: false, by: .commandLine)
    try await restore.close()
    return try await world.another(database: "\(folder)/\(name).db")
  }

  private func head(_ id: UUID, _ assembly: Assembly, _ world: World) throws -> IntegrationRow {
    try assembly.directory.entry(id, workspace: world.workspace).integration
  }

  @Test func aRotatingProvidersTokenIsNeverSent() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let copy = try await restored(world)
      let sent = world.gate.requests
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id, .due, by: copy) == .degraded(reason: "restored", retryAfter: .seconds(33)))
      #expect(try await world.refresh(id, .forced(seen: 1), by: copy) == .degraded(reason: "restored", retryAfter: .seconds(33)))
      #expect(try await world.serve(id, by: copy).version == 1, "it serves while it lives")
      #expect(try copy.directory.explanation(of: try head(id, copy, world)).lines.contains { $0.contains("backup") })
      #expect(world.gate.requests == sent)
      #expect(try await world.refresh(id) == .fresh(version: 2), "the original goes on")
      world.time.advance(.seconds(40))
      #expect(try await copy.due.run(concurrency: 1).needHuman == 1)
      #expect(try await world.serve(id, by: copy) == .unavailable(.needsReauthorization(reason: "restored")))
      #expect(world.gate.requests == sent + 1)
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
      await copy.shutdown()
    }
  }

  @Test func graceEndsAndSoDoesTheUseOfTheToken() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-g")
      let id = try await world.connect("sandbox-g")
      let copy = try await restored(world)
      let sent = world.gate.requests
      world.time.advance(.seconds(61))
      #expect(try await world.refresh(id, .demand(seen: 1), by: copy) == .dead(reason: "restored"))
      #expect(world.gate.requests == sent)
      await copy.shutdown()
    }
  }

  @Test(arguments: ["sandbox-n", "sandbox-s"])
  func whereOldTokensStayUsableNothingIsHeld(slug: String) async throws {
    try await World.run { world in
      try await world.addConnector(slug)
      let id = try await world.connect(slug)
      let copy = try await restored(world)
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id, by: copy).version == Self.floor + 1)
      await copy.shutdown()
    }
  }

  @Test func whoSaysThatTheOriginalIsGoneMayGoOn() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let copy = try await restored(world, originalIsGone: true)
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id, by: copy).version == Self.floor + 1)
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id, by: copy).version == Self.floor + 2)
      await copy.shutdown()
    }
  }

  @Test func aRenewalBringsATokenThatIsRefreshedAgain() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let copy = try await restored(world)
      let request = ConnectRequest(
        connector: "sandbox", secret: try world.secret(renewing: id), verifierHash: nil, origin: nil)
      await #expect(throws: ConnectRefusal.self, "its certificate is not confirmed") {
        _ = try await copy.attempts.begin(request)
      }
      try await copy.backups.confirm(by: .commandLine)
      let begun = try await copy.attempts.begin(request)
      let end = try await Browser(world, at: copy).finish(begun)
      #expect(end.attempt.state == .completed)
      #expect(try head(id, copy, world).currentVersion == Self.floor + 1)
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id, by: copy).version == Self.floor + 2)
      await copy.shutdown()
    }
  }

  @Test func numbersRiseAndEveryRestoreBeginsAnewAbove() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      let first = try await restored(world)
      _ = try await world.refresh(id, .forced(seen: 1), by: first)
      #expect(try head(id, first, world).currentVersion == Self.floor + 1)
      _ = try await first.integrations.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      let event = try #require(try first.events.page(workspace: world.workspace, after: 0, limit: 99).last)
      #expect(event.sequence > Self.floor && event.integrationSequence > Self.floor)
      #expect(event.sequence < 1 << 53)
      await first.shutdown()
      let database = "\(world.folder.path)/restored.db"
      let second = try await restored(world, from: database, name: "again")
      let row = try head(id, second, world)
      #expect(row.currentVersion == Self.floor + 1 && row.lastVersion == 2 * Self.floor)
      _ = try await world.refresh(id, .forced(seen: Self.floor + 1), by: second)
      #expect(try head(id, second, world).currentVersion == 2 * Self.floor + 1)
      #expect(try await second.inspection.verify().vault.problems == [])
      await second.shutdown()
    }
  }

  @Test func whatWasLostWithTheOriginalComesBackAboveItsNumbers() async throws {
    try await World.run { world in
      let copy = try await restored(world)
      var fields = CredentialFieldsWriter()
      fields.add("api_key", Secret(copying: Array("key".utf8)))
      let id = UUID()
      let head = try await copy.integrations.put(
        fields.finish(), kind: .apiKey, expiresAt: nil, integration: id, workspace: world.workspace,
        connector: "sandbox", customer: World.customer, by: .commandLine)
      #expect(head.currentVersion == Self.floor + 1)
      let told = try copy.events.page(workspace: world.workspace, after: 0, limit: 9)
      #expect(told.count == 1 && told[0].integrationSequence == Self.floor + 1 && told[0].sequence == Self.floor + 1)
      await copy.shutdown()
    }
  }

  @Test func whatWasUnderWayHasEnded() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id)
      world.gate.set(.hold)
      try world.advanceToRefresh(id)
      async let outcome = world.refresh(id)
      try await world.eventually("a request under way") { world.gate.requests == 2 }
      let copy = try await restored(world)
      world.gate.open()
      #expect(try await outcome == .fresh(version: 2))
      let view = try await Custodian.open(
        at: "\(world.folder.path)/restored.db", rootKey: .file(path: world.folder.keyFile), clocks: world.time.clocks)
      let (attempt, refreshes) = try view.view { view in
        (
          try view.row(AttemptRow.self, .uuid(begun.attempt)),
          try view.rows(RefreshAttemptRow.self, matching: ["integration": .uuid(id)])
        )
      }
      #expect(attempt?.state == .failed && attempt?.reason == "restored")
      #expect(refreshes.map(\.state) == [.uncertain] && refreshes.map(\.reason) == ["restored"])
      #expect(try world.attempt(begun.attempt)?.state == .open, "the original's goes on")
      try await view.close()
      await copy.shutdown()
    }
  }

  @Test func accessKeysWaitToBeConfirmed() async throws {
    try await World.run { world in
      let key = try await world.assembly.accessKeys.create(role: .use, workspace: world.workspace, by: .commandLine)
      let gone = try await world.assembly.accessKeys.create(role: .use, workspace: world.workspace, by: .commandLine)
      let copy = try await restored(world)
      #expect(try copy.accessKeys.authenticate(key) == nil)
      #expect(try copy.backups.unconfirmed().accessKeys.count == 2)
      #expect(try copy.backups.unconfirmed().certificates.count == 1)
      let prefix = try #require(try world.assembly.accessKeys.authenticate(gone)).prefix
      try await copy.accessKeys.revoke(prefix, workspace: world.workspace, by: .commandLine)
      try await copy.backups.confirm(by: .commandLine)
      #expect(try copy.accessKeys.authenticate(key)?.role == .use)
      #expect(try copy.accessKeys.authenticate(gone) == nil, "what was revoked stays so")
      #expect(try copy.backups.unconfirmed().accessKeys.isEmpty)
      await copy.shutdown()
    }
  }
}
