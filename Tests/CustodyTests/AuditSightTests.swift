import GRDB
import Storage
import Testing

@testable import Custody

@Suite("what a process saw of the audit log")
struct AuditSightTests {
  private static func expectRefusal(_ table: String, _ key: Int64, by custodians: Custodian...) async {
    for custodian in custodians {
      await #expect(throws: CustodyError.integrity(table: table, key: String(key))) {
        try await custodian.change(.test) { _ in }
      }
    }
  }

  /// A vault whose first audit key has handed over to the second.
  private static func worn() async throws -> TestVault {
    let vault = try await TestVault.make()
    try await vault.custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    try await vault.custodian.change(.test) { _ in }
    return vault
  }

  @Test("a horizon of somebody's own making hides nothing, neither while it is there nor afterwards")
  func forgedHorizon() async throws {
    let vault = try await TestVault.make()
    _ = try await vault.secret(of: vault.first.integrations[0], in: vault.first)
    let opening = try #require(try vault.custodian.audit().last)
    #expect(opening.action == "credential.open")
    let attacker = try vault.folder.attacker()
    try attacker.run("INSERT INTO audit_horizon VALUES (1, 1000000, x'00', 1, 0, x'00')")
    try attacker.run("DELETE FROM audit WHERE sequence = \(opening.sequence)")
    await Self.expectRefusal("audit_horizon", 1, by: vault.custodian, try await vault.reopened())
    try attacker.run("DELETE FROM audit_horizon")
    await Self.expectRefusal("audit", opening.sequence, by: vault.custodian)
  }

  @Test("a horizon that was taken away is missed by whoever wrote behind it")
  func lostHorizon() async throws {
    let vault = try await Self.worn()
    let later = Instant(milliseconds: Clocks.fixed.now().milliseconds + 1)
    #expect(try await vault.custodian.pruneAudit(before: later, by: .commandLine).through != nil)
    let other = try await vault.reopened()
    try await other.change(.test) { _ in }
    try vault.folder.attack("DELETE FROM audit_horizon")
    await Self.expectRefusal("audit_horizon", 1, by: vault.custodian, other)
  }

  @Test("whoever saw what another process has pruned goes on behind the horizon")
  func prunedByAnother() async throws {
    let vault = try await Self.worn()
    let other = try await vault.reopened()
    try await other.change(.test) { _ in }
    try await vault.custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    let later = Instant(milliseconds: Clocks.fixed.now().milliseconds + 1)
    _ = try await vault.custodian.pruneAudit(before: later, by: .commandLine)
    try await other.change(.test) { _ in }
    #expect(try other.verifyAudit().isSound)
  }

  @Test("nothing is written behind a number that no entry has", arguments: [Int64.max, 1 << 53])
  func numberless(sequence: Int64) async throws {
    let vault = try await TestVault.make()
    let columns = AuditRow.columns.dropFirst().joined(separator: ", ")
    try vault.folder.attack(
      "INSERT INTO audit SELECT \(sequence), \(columns) FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
    for custodian in [vault.custodian, try await vault.reopened()] {
      await #expect(throws: StorageError.malformedRow(table: "audit")) { try await custodian.change(.test) { _ in } }
    }
    #expect(try !vault.custodian.verifyAudit().isSound)
  }

  @Test("nothing is written behind an entry that no key of the log signed", arguments: [10_000, (1 << 53) - 1])
  func unsignedEnd(sequence: Int64) async throws {
    let vault = try await TestVault.make()
    let columns = AuditRow.columns.dropFirst().joined(separator: ", ")
    try vault.folder.attack(
      "INSERT INTO audit SELECT \(sequence), \(columns) FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
    await Self.expectRefusal("audit", sequence, by: vault.custodian, try await vault.reopened())
    #expect(try !vault.custodian.verifyAudit().isSound)
  }

  @Test("a key that has handed over does not come back")
  func oldKey() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let keys = try attacker.rows("SELECT rowid, * FROM audit_keys")
    try await vault.custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    try await vault.custodian.change(.test) { _ in }
    let last = try #require(try vault.custodian.audit().last)
    #expect(last.keyNumber == 2)
    try attacker.run("DELETE FROM audit_keys")
    try attacker.putBack(keys, into: "audit_keys")
    await Self.expectRefusal("audit", last.sequence, by: vault.custodian, try await vault.reopened())
  }

  @Test("a transaction can end the range of today's key")
  func endedRange() async throws {
    let vault = try await TestVault.make()
    let other = try await vault.reopened()
    try await other.change(.test) { _ in }
    try await vault.custodian.change(.test) { $0.endsAuditKeyRange = true }
    for custodian in [vault.custodian, other] { try await custodian.change(.test) { _ in } }
    let tail = try vault.custodian.audit().suffix(4)
    #expect(tail.map(\.action) == ["test.change", "audit.key", "test.change", "test.change"])
    #expect(tail.map(\.keyNumber) == [1, 1, 2, 2])
    let wrapped = try vault.folder.attacker().rows("SELECT wrapped IS NULL FROM audit_keys ORDER BY number")
    #expect(wrapped == [[1.databaseValue], [0.databaseValue]])
    #expect(try await other.verify().isSound)
  }
}
