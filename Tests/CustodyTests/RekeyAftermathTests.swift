import Foundation
import Storage
import Testing

@testable import Custody

@Suite("what comes after a rekey")
struct RekeyAftermathTests {
  private struct Struck: Error {}

  private static let wrapping = ["vault", "root_slots", "workspace_keys", "audit_keys"]

  @Test("the old root key's rows, put back whole, are refused by the process that knows better and by a new one")
  func putBack() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    for table in Self.wrapping { try attacker.run("CREATE TEMP TABLE old_\(table) AS SELECT * FROM \(table)") }
    _ = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine)
    try attacker.run(
      "PRAGMA foreign_keys = OFF; "
        + Self.wrapping.map { "DELETE FROM \($0); INSERT INTO \($0) SELECT * FROM old_\($0);" }.joined())
    await #expect(throws: CustodyError.integrity(table: "vault", key: "1")) { _ = try await vault.reopened() }
    await #expect(throws: CustodyError.integrity(table: "vault", key: "1")) {
      try await vault.custodian.createWorkspace(id: UUID(), name: "w", origins: [], by: .commandLine)
    }
  }

  @Test("a rekey that is rolled back leaves everything as it was, in the process that tried it, too")
  func rolledBack() async throws {
    let vault = try await TestVault.make()
    let new = RootKeySource.file(path: "\(vault.folder.path)/new.key")
    _ = try await vault.custodian.addSlot(from: new, by: .commandLine)
    let custodian = try await Custodian.open(
      at: vault.folder.database, rootKey: vault.rootKey, clocks: .fixed,
      faults: Faults { if $0.description == "before root.rekey" { throw Struck() } })
    await #expect(throws: Struck.self) {
      _ = try await custodian.rekey(RekeyRequest(dropping: ["file-1"], sources: [new]), by: .commandLine)
    }
    try await custodian.createWorkspace(id: UUID(), name: "after", origins: [], by: .commandLine)
    // Another process takes the epoch that the first one had in mind.
    _ = try await vault.custodian.rekey(RekeyRequest(sources: [new]), by: .commandLine)
    try await custodian.createWorkspace(id: UUID(), name: "later", origins: [], by: .commandLine)
    #expect(try await vault.reopened().verify().isSound)
  }

  @Test("who has rekeyed away from his own slot goes on with the one that he named")
  func handedOver() async throws {
    let vault = try await TestVault.make()
    let new = RootKeySource.file(path: "\(vault.folder.path)/new.key")
    _ = try await vault.custodian.addSlot(from: new, by: .commandLine)
    _ = try await vault.custodian.rekey(RekeyRequest(dropping: ["file-1"], sources: [new]), by: .commandLine)
    #expect(try vault.custodian.rootSlots().filter(\.isOpened).map(\.name) == ["file-2"])
    _ = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine)
    _ = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    #expect(try await vault.custodian.verify().isSound)
  }
}
