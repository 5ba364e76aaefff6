import Foundation
import Logging
import Reseal
import Storage
import TestKit
import Testing

@testable import Renewal

/// What waits in the spool is in no backup: either it is stored before, or somebody is told.
struct SpoolReportTests {
  private func finding(_ world: World) throws -> Finding? {
    let options = AssemblyOptions(
      database: world.folder.database, rootKey: .file(path: world.folder.keyFile), log: Logger(label: "test"))
    return try world.assembly.doctor(Surroundings(options)).findings().first { $0.check == "spool" }
  }

  @Test func aBackupHasWhatADeadProcessSpooled() async throws {
    try await World.run { world in
      let id = try await world.connect()
      await (try await world.spool(id)).shutdown()
      let file = world.folder.path + "/copy.backup"
      let made = try await world.assembly.backups.create(at: file, by: .commandLine)
      #expect(made.omitted.replies.isEmpty && made.omitted.remedy == nil)
      #expect(try world.spoolFiles() == [])
      let restore = try await BackupRestore.open(
        file, rootKey: .file(path: world.folder.keyFile), clocks: world.time.clocks)
      let database = world.folder.path + "/restored.db"
      _ = try await restore.restore(to: database, originalIsGone: true, quarantine: false, by: .commandLine)
      try await restore.close()
      let restored = try await world.another(database: database)
      guard case .fresh = try await world.refresh(id, by: restored) else {
        Issue.record("the backup lacks the reply")
        return
      }
      await restored.shutdown()
      #expect(world.gate.requests == 2, "nothing was sent again")
    }
  }

  @Test func whatALivingProcessHoldsIsMissingAndSaidToBe() async throws {
    try await World.run { world in
      let (id, disk) = (try await world.connect(), FullDisk())
      let holder = try await world.spool(id, disk)
      let since = world.time.now
      let made = try await world.assembly.backups.create(at: world.folder.path + "/a.backup", by: .commandLine)
      #expect(made.omitted.replies.map(\.integration) == [id])
      let seen = try await world.assembly.inspection.verify()
      #expect(seen.vault.isSound && seen.spool.replies.count == 1 && seen.spool.oldest == since)
      #expect(SpoolReport(beside: world.folder.database) == seen.spool, "from outside it looks the same")
      let warning = try #require(try finding(world))
      #expect(warning.level == .warn && warning.message.contains(since.text))
      disk.isFull.store(false, ordering: .releasing)
      await holder.shutdown()
      #expect(try finding(world)?.level == .ok)
      let next = try await world.assembly.backups.create(at: world.folder.path + "/b.backup", by: .commandLine)
      #expect(next.omitted.replies.isEmpty)
    }
  }
}
