import Foundation
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("going back to an earlier generation")
struct RotationBackTests {
  @Test("a finished rotation is undone: everything is under the old generation again, and the new one can be retired")
  func undone() async throws {
    let vault = try await TestVault.large()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    let end = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    #expect([end.from, end.to] == [2, 1])
    #expect(end.state == .verified)
    #expect(end.left == 0)
    let attacker = try vault.folder.attacker()
    for table in TenantTables.all {
      let of = "FROM \(table.table) WHERE workspace = '\(workspace.text)'"
      #expect(try attacker.texts("SELECT DISTINCT mac_generation \(of)") == ["1"], "\(table.table)")
    }
    #expect(try custodian.generations(workspace: workspace).map(\.state) == [.primary, .decryptOnly])
    try await custodian.retire(2, workspace: workspace, grace: .zero, by: .commandLine)
    try await custodian.destroy(2, workspace: workspace, by: .commandLine)
    #expect(try await custodian.verify().problems == [])
    #expect(try await vault.secret(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    let next = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect([next.from, next.to] == [1, 3], "a number is never used twice")
  }

  @Test("a rotation is turned round in the middle", arguments: [1, 4])
  func turnedRound(stop: Int) async throws {
    let vault = try await TestVault.large()
    let workspace = vault.first.workspace
    let broken = try await vault.reopened()
    let pages = Mutex(0)
    let outcome = await Task {
      try await broken.rotate(workspace: workspace, by: .commandLine, pages: PageSize(16...16)) { _ in
        if pages.withLock({ $0 += 1; return $0 }) == stop { try? broken.store.close() }
      }
    }.result
    #expect(throws: (any Error).self) { try outcome.get() }
    let custodian = try await vault.reopened()
    let end = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    #expect(end.to == 1)
    #expect(end.done == 16 * stop, "only what had moved moves back")
    #expect(try await custodian.verify().leftBehind == 0)
  }

  @Test("only to a decrypt-only generation")
  func refused() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    for (generation, state) in [(UInt32(2), "primary"), (3, "unknown"), (0, "unknown")] {
      let error = await #expect(throws: CustodyError.self) {
        _ = try await custodian.rotate(workspace: workspace, .back(to: generation), by: .commandLine)
      }
      #expect("\(error, default: "none")".contains("is \(state)"))
    }
    try await custodian.retire(1, workspace: workspace, by: .commandLine)
    let error = await #expect(throws: CustodyError.self) {
      _ = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    }
    #expect("\(error, default: "none")".contains("is disabled"))
    // Taken back, it opens again, and can be gone back to.
    try await custodian.unretire(1, workspace: workspace, by: .commandLine)
    let end = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    #expect(end.left == 0)
  }
}
