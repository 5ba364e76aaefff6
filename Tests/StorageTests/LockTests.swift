import Foundation
import Sealing
import Testing

@testable import Storage

/// Two processes and one file.
@Suite("writers side by side")
struct LockTests {
  private let folder: Folder
  private let samples = Samples()

  init() throws { folder = try Folder() }

  private func schedule(_ store: Store) throws -> ScheduleRow {
    try #require(try store.read { try $0.rows(ScheduleRow.self).first })
  }

  @Test("a writer waits five seconds for another process, then says busy; nothing is lost, and the next write goes on")
  func busy() async throws {
    let store = try await samples.store(in: folder)
    let id = samples.integration
    let before = try schedule(store)
    let other = try OtherProcess.holding("BEGIN IMMEDIATE; UPDATE schedules SET failures = 77", of: folder.database)
    let begin = ContinuousClock.now
    await #expect(throws: StorageError.busy) {
      try await store.write(.full) { try $0.schedule(id, workspace: before.workspace, refreshAt: nil, failures: 1) }
    }
    let waited = ContinuousClock.now - begin
    #expect(waited >= .milliseconds(4_500) && waited < .seconds(15), "\(waited)")
    #expect(try schedule(store).failures == before.failures, "reading goes on meanwhile")
    try other.finish()
    #expect(try schedule(store).failures == 77)
    try await store.write(.full) { try $0.schedule(id, workspace: before.workspace, refreshAt: nil, failures: 2) }
    #expect(try schedule(store).failures == 2)
  }

  @Test("a writer that waits less than that gets its turn, and sees what the other wrote")
  func waits() async throws {
    let store = try await samples.store(in: folder)
    let other = try OtherProcess.holding(
      "BEGIN IMMEDIATE; UPDATE schedules SET failures = 40", of: folder.database, seconds: 1)
    let begin = ContinuousClock.now
    try await store.write(.full) { tx in
      var row = try #require(try tx.rows(ScheduleRow.self).first)
      row.failures += 2
      try tx.update(row)
    }
    #expect(ContinuousClock.now - begin >= .milliseconds(500))
    #expect(try schedule(store).failures == 42)
    try other.finish()
  }

  @Test("the write lock is held before the first statement")
  func immediate() async throws {
    let store = try await samples.store(in: folder)
    let path = folder.database
    let answer = try await store.write(.normal) { _ in
      let other = try OtherProcess(
        """
        import sqlite3, sys
        try:
            sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0).execute("BEGIN IMMEDIATE")
            print("begun")
        except sqlite3.OperationalError as error:
            print(error)
        """, path)
      defer { try? other.finish() }
      return other.line()
    }
    #expect(answer == "database is locked")
  }

  @Test("two stores that read and then write lose nothing")
  func readThenWrite() async throws {
    let stores = [try await samples.store(in: folder), try Store.open(at: folder.database)]
    let begin = try schedule(stores[0]).failures
    try await withThrowingTaskGroup(of: Void.self) { group in
      for store in stores {
        group.addTask {
          for _ in 0..<100 {
            try await store.write(.normal) { tx in
              var row = try #require(try tx.rows(ScheduleRow.self).first)
              row.failures += 1
              try tx.update(row)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try schedule(stores[0]).failures == begin + 200)
  }
}
