import Custody
import Foundation
import Reseal
import Storage
import Synchronization
import TestKit
import Testing

/// A disk that is full for the database when told so, before each commit.
final class FullDisk: Sendable {
  let isFull = Atomic(false)
  var faults: Faults {
    Faults { point in
      guard self.isFull.load(ordering: .acquiring), point.side == .before, point.step != "spool.keep" else { return }
      throw StorageError.unwritable(code: 13)
    }
  }
}

extension World {
  /// A refresh by another process whose disk is full when the reply comes.
  func spool(_ id: UUID, _ disk: FullDisk = FullDisk()) async throws -> Assembly {
    try advanceToRefresh(id)
    let process = try await another(faults: disk.faults)
    gate.set(.hold)
    async let outcome = refresh(id, by: process)
    try await gate.arrived(2)
    disk.isFull.store(true, ordering: .releasing)
    gate.open()
    #expect(try await outcome == .degraded(reason: "not_stored", retryAfter: .seconds(5)))
    #expect(try refreshAttempts(id).map(\.state) == [.intent])
    #expect(try spoolFiles().count == 1)
    return process
  }

  func spoolFiles() throws -> [String] {
    let folder = folder.database + ".spool"
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
  }
}
