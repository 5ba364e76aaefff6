import Custody
import Foundation
import Reseal
import Storage
import Synchronization
import TestKit
import Testing

@testable import Renewal

/// Replies that the database cannot take.
struct SpoolTests {
  /// A disk that is full for the database when told so, before each commit.
  private final class Disk: Sendable {
    let isFull = Atomic(false)
    var faults: Faults {
      Faults { point in
        guard self.isFull.load(ordering: .acquiring), point.side == .before, point.step != "spool.keep" else { return }
        throw StorageError.unwritable(code: 13)
      }
    }
  }

  /// A refresh by another process whose disk is full when the reply comes.
  private func spool(_ world: World, _ id: UUID, _ disk: Disk) async throws -> Assembly {
    try world.advanceToRefresh(id)
    let process = try await world.another(faults: disk.faults)
    world.gate.set(.hold)
    async let outcome = world.refresh(id, by: process)
    try await world.gate.arrived(2)
    disk.isFull.store(true, ordering: .releasing)
    world.gate.open()
    #expect(try await outcome == .degraded(reason: "not_stored", retryAfter: .seconds(5)))
    #expect(try world.refreshAttempts(id).map(\.state) == [.intent])
    #expect(try files(world).count == 1)
    return process
  }

  private func files(_ world: World) throws -> [String] {
    let folder = world.folder.database + ".spool"
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
  }

  @Test func whatADeadProcessSpooledIsStoredByTheNext() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await spool(world, id, Disk())).shutdown()
      #expect(try files(world).count == 1)
      let next = try await world.another()
      #expect(try files(world) == [])
      #expect(try world.refreshAttempts(id).map(\.state) == [.landed])
      #expect(try await world.refresh(id, by: next) == .fresh(version: 2))
      await next.shutdown()
      #expect(world.gate.requests == 2)
      #expect(try world.leftovers() == [])
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  @Test func aProcessThatWasThereAllTheTimeLooksBeforeItDoubts() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await spool(world, id, Disk())).shutdown()
      world.time.advance(RefreshFlight.claimDuration)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(world.gate.requests == 2)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
      #expect(try files(world) == [])
    }
  }

  @Test func whatALivingProcessHoldsIsLeftToIt() async throws {
    try await World.run { world in
      let (id, disk) = (try await world.connect(), Disk())
      let holder = try await spool(world, id, disk)
      world.time.advance(RefreshFlight.claimDuration)
      let other = try await world.another()
      #expect(try await world.refresh(id, by: other) == .busy)
      #expect(try world.refreshAttempts(id).map(\.state) == [.intent])
      disk.isFull.store(false, ordering: .releasing)
      await holder.shutdown()
      #expect(try files(world) == [])
      #expect(try await world.refresh(id, by: other) == .fresh(version: 2))
      await other.shutdown()
      #expect(world.gate.requests == 2)
    }
  }

  @Test func aUseThatWasDoubtedIsNoLonger() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await spool(world, id, Disk())).shutdown()
      // As whoever cannot see the spool would have settled it.
      try await world.custodian.amend { change in
        guard var row = try change.row(RefreshAttemptRow.self, .uuid(id), .integer(1)) else { return }
        (row.state, row.reason, row.endedAt) = (.uncertain, "abandoned", change.now)
        try change.update(row)
      }
      await (try await world.another()).shutdown()
      #expect(try world.refreshAttempts(id).map(\.state) == [.landed])
      #expect(try await world.refresh(id) == .fresh(version: 2))
    }
  }

  @Test func aReplyThatIsPutBackDoesNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await spool(world, id, Disk())).shutdown()
      let file = try #require(try files(world).first)
      let reply = try Data(contentsOf: URL(filePath: file))
      await (try await world.another()).shutdown()
      #expect(try await world.refresh(id) == .fresh(version: 2))
      let before = try world.snapshot(id)
      try FileManager.default.createDirectory(atPath: world.folder.database + ".spool", withIntermediateDirectories: true)
      try reply.write(to: URL(filePath: file))
      await (try await world.another()).shutdown()
      #expect(try files(world) == [])
      #expect(try world.snapshot(id) == before)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
    }
  }

  @Test func aReplyThatIsNotOursIsLeftAsItIs() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await spool(world, id, Disk())).shutdown()
      let file = try #require(try files(world).first)
      var reply = try Data(contentsOf: URL(filePath: file))
      reply[200] ^= 1
      try reply.write(to: URL(filePath: file))
      let folder = world.folder.database + ".spool"
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(symlink("/dev/zero", folder + "/link") == 0)
      #expect(mkdir(folder + "/folder", 0o700) == 0)
      try Data(repeating: 0xFF, count: 1 << 20).write(to: URL(filePath: folder + "/large"))
      await (try await world.another()).shutdown()
      #expect(Set(try files(world)) == Set([file] + ["pipe", "link", "folder", "large"].map { "\(folder)/\($0)" }))
      try await world.killClaimHolder(id)
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id) else {
        Issue.record("a forged reply was believed")
        return
      }
    }
  }

  @Test func nothingIsSentWithoutRoomForAReply() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      try Data().write(to: URL(filePath: world.folder.database + ".spool"))
      guard case .degraded("no_spool", _) = try await world.refresh(id) else {
        Issue.record("sent")
        return
      }
      #expect(world.gate.requests == 1)
      #expect(try world.refreshAttempts(id).map(\.state) == [.notSent])
      #expect(try await world.serve(id).version == 1)
    }
  }

  @Test func anOrderlyEndLeavesNothingBehind() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let process = try await world.another()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id, by: process) == .fresh(version: 2))
      #expect(try files(world).count == 1)
      await process.shutdown()
      #expect(!FileManager.default.fileExists(atPath: world.folder.database + ".spool"))
    }
  }
}
