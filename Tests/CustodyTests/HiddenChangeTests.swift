import Foundation
import GRDB
import Storage
import Testing

@testable import Custody

@Suite("what the log says last cannot be hidden")
struct HiddenChangeTests {
  /// Leaves one entry out of the index by which the newest change of a row is found; the schema ends as it was.
  private static func hide(_ condition: String, from attacker: Attacker) throws {
    let name = "audit_changes_by_row"
    let sql = try #require(try attacker.texts("SELECT sql FROM sqlite_schema WHERE name = '\(name)'").first)
    for (text, needsIndex) in [("\(sql) WHERE NOT (\(condition))", true), (sql, false)] {
      try attacker.run("PRAGMA writable_schema = ON")
      try attacker.run("UPDATE sqlite_schema SET sql = ? WHERE name = '\(name)'", [text.databaseValue])
      try attacker.run("PRAGMA writable_schema = RESET")
      if needsIndex { try attacker.run("REINDEX \(name)") }
    }
  }

  /// Past the triggers, which are there again afterwards.
  private static func run(_ sql: String, by attacker: Attacker) throws {
    let triggers = try attacker.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    for trigger in triggers { try attacker.run("DROP TRIGGER \(String.fromDatabaseValue(trigger[0])!)") }
    try attacker.run(sql)
    for trigger in triggers { try attacker.run(String.fromDatabaseValue(trigger[1])!) }
  }

  @Test("by an index that leaves it out: following the log looks at the indexes, too")
  func index() async throws {
    let vault = try await TestVault.make()
    try await vault.custodian.put("newer", to: vault.first.integrations[0], in: vault.first)
    let attacker = try vault.folder.attacker()
    let last = try #require(try vault.custodian.audit().last)
    try Self.hide("sequence = \(last.sequence)", from: attacker)
    #expect(try vault.custodian.verifyAudit().problem?.what.contains("damaged") == true)
    #expect(try await vault.custodian.verify().isSound == false)
  }

  @Test("by a change that stands behind the log's end")
  func behindTheEnd() async throws {
    let vault = try await TestVault.make()
    let integration = vault.first.integrations[0]
    try await vault.custodian.put("newer", to: integration, in: vault.first)
    let attacker = try vault.folder.attacker()
    try Self.run("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)", by: attacker)
    let other = try await vault.reopened()
    await #expect(throws: CustodyError.self) { _ = try await other.text(of: integration, in: vault.first) }
  }

  @Test("a version that the log does not know is not served, whoever made it")
  func unknownVersion() async throws {
    let vault = try await TestVault.make()
    let integration = vault.first.integrations[0]
    try Self.run(
      "DELETE FROM audit_changes WHERE row_table = 'credentials' AND row_key LIKE '\(integration.text)/%'",
      by: try vault.folder.attacker())
    await #expect(throws: CustodyError.self) {
      _ = try await vault.reopened().text(of: integration, in: vault.first)
    }
  }

  @Test("names that only look the same are of two rows")
  func names() {
    let (composed, decomposed) = (RowName(table: "t", key: "\u{E9}"), RowName(table: "t", key: "e\u{301}"))
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }
}
