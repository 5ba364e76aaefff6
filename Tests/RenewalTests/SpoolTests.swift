import Custody
import Foundation
import Reseal
import Storage
import TestKit
import Testing

@testable import Renewal

/// Replies that the database cannot take.
struct SpoolTests {
  @Test func whatADeadProcessSpooledIsStoredByTheNext() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await world.spool(id)).shutdown()
      #expect(try world.spoolFiles().count == 1)
      let next = try await world.another()
      #expect(try world.spoolFiles() == [])
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
      await (try await world.spool(id)).shutdown()
      world.time.advance(RefreshFlight.claimDuration)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(world.gate.requests == 2)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
      #expect(try world.spoolFiles() == [])
    }
  }

  @Test func whatALivingProcessHoldsIsLeftToIt() async throws {
    try await World.run { world in
      let (id, disk) = (try await world.connect(), FullDisk())
      let holder = try await world.spool(id, disk)
      world.time.advance(RefreshFlight.claimDuration)
      let other = try await world.another()
      #expect(try await world.refresh(id, by: other) == .busy)
      #expect(try world.refreshAttempts(id).map(\.state) == [.intent])
      disk.isFull.store(false, ordering: .releasing)
      await holder.shutdown()
      #expect(try world.spoolFiles() == [])
      #expect(try await world.refresh(id, by: other) == .fresh(version: 2))
      await other.shutdown()
      #expect(world.gate.requests == 2)
    }
  }

  @Test func aUseThatWasDoubtedIsNoLonger() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await world.spool(id)).shutdown()
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
      await (try await world.spool(id)).shutdown()
      let file = try #require(try world.spoolFiles().first)
      let reply = try Data(contentsOf: URL(filePath: file))
      await (try await world.another()).shutdown()
      #expect(try await world.refresh(id) == .fresh(version: 2))
      let before = try world.snapshot(id)
      try FileManager.default.createDirectory(atPath: world.folder.database + ".spool", withIntermediateDirectories: true)
      try reply.write(to: URL(filePath: file))
      await (try await world.another()).shutdown()
      #expect(try world.spoolFiles() == [])
      #expect(try world.snapshot(id) == before)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
    }
  }

  @Test func aReplyThatIsNotOursIsLeftAsItIs() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await world.spool(id)).shutdown()
      let file = try #require(try world.spoolFiles().first)
      var reply = try Data(contentsOf: URL(filePath: file))
      reply[200] ^= 1
      try reply.write(to: URL(filePath: file))
      let folder = world.folder.database + ".spool"
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(symlink("/dev/zero", folder + "/link") == 0)
      #expect(mkdir(folder + "/folder", 0o700) == 0)
      try Data(repeating: 0xFF, count: 1 << 20).write(to: URL(filePath: folder + "/large"))
      await (try await world.another()).shutdown()
      let seen = world.assembly.refresher.spooled
      #expect(seen.replies.isEmpty && seen.strangers == 1 && seen.remedy != nil)
      #expect(Set(try world.spoolFiles()) == Set([file] + ["pipe", "link", "folder", "large"].map { "\(folder)/\($0)" }))
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
      #expect(try world.spoolFiles().count == 1)
      await process.shutdown()
      #expect(!FileManager.default.fileExists(atPath: world.folder.database + ".spool"))
    }
  }
}
