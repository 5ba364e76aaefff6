import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("the audit chain")
struct AuditChainTests {
  @Test("follows from the first entry to the last, under keys that vouch for each other")
  func sound() async throws {
    let vault = try await TestVault.make()
    let report = try vault.custodian.verifyAudit()
    #expect(report.problem == nil)
    #expect(report.entries == (try vault.custodian.audit().count))
    #expect(report.keys == 1)
    let entries = try vault.custodian.audit()
    #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)), "without gaps")
    #expect(entries.first?.action == "vault.init")
    #expect(entries.allSatisfy { $0.signature != nil }, "one entry a transaction: each is signed")
  }

  @Test("only the last entry of a transaction is signed, and carries its changes")
  func transaction() async throws {
    let vault = try await TestVault.make()
    let row = vault.first.certificateRow("new", at: Instant(milliseconds: 1))
    try await vault.custodian.change(.test) { change in
      try change.insert(row)
      try change.record(AuditEntry("first", "x", workspace: nil, by: .commandLine))
    }
    let last = try vault.custodian.audit().suffix(2)
    #expect(last.map(\.action) == ["first", "test.change"])
    #expect(last.map { $0.signature != nil } == [false, true])
    let changes = try vault.custodian.store.read { try $0.auditChanges(from: last.first!.sequence, through: last.last!.sequence) }
    #expect(changes.map(\.sequence) == [last.last!.sequence])
    #expect(changes.map(\.rowKey) == ["\(vault.first.workspace.text)/new"])
    #expect(try vault.custodian.verifyAudit().isSound)
  }

  @Test("a change that records nothing is in the log all the same")
  func silent() async throws {
    let vault = try await TestVault.make()
    let row = vault.first.certificateRow("new", at: Instant(milliseconds: 1))
    try await vault.custodian.amend { try $0.insert(row) }
    let last = try #require(try vault.custodian.audit().last)
    #expect(last.action == "row.change")
    #expect(last.subject == "certificates/\(vault.first.workspace.text)/new")
  }

  @Test("a key that is worn out names the next one, and its secret half is gone")
  func evolves() async throws {
    let vault = try await TestVault.make()
    let custodian = vault.custodian
    try await custodian.amend { change in
      for _ in 0..<1100 { try change.record(.test) }
    }
    try await custodian.change(.test) { _ in }
    let keys = try custodian.store.read { try $0.rows(AuditKeyRow.self) }
    #expect(keys.map(\.number) == [1, 2])
    #expect(keys.map { $0.wrapped == nil } == [true, false])
    let handover = try #require(try custodian.audit().first { $0.sequence == keys[1].firstSequence - 1 })
    #expect(handover.action == "audit.key" && handover.keyNumber == 1)
    #expect(try custodian.audit().last?.keyNumber == 2)
    let report = try custodian.verifyAudit()
    #expect(report.isSound && report.keys == 2)
    let again = try await vault.reopened()
    try await again.change(.test) { _ in }
    #expect(try again.verifyAudit().isSound)
  }

  @Test("the first public key is all it takes, of the database and of an export")
  func publicKeyAlone() async throws {
    let vault = try await TestVault.make()
    let key = try AuditPublicKey.read(try vault.custodian.auditPublicKey)
    var lines: [String] = []
    let head = try #require(try vault.custodian.exportAudit { lines.append($0) })
    let offline = try Custodian.verifyAudit(at: vault.folder.database, firstKey: key, expecting: [head])
    let exported = try ExportedAudit(Data(lines.joined(separator: "\n").utf8)).verify(firstKey: key, expecting: [head])
    #expect(offline.isSound && exported.isSound)
    #expect(offline.entries == exported.entries && exported.head == head.text)
    let other = try await TestVault.empty()
    let stranger = try AuditPublicKey.read(try other.custodian.auditPublicKey)
    #expect(try Custodian.verifyAudit(at: vault.folder.database, firstKey: stranger, expecting: []).problem?.sequence == 1)
    func export(_ lines: some Sequence<String>) throws -> ExportedAudit {
      try ExportedAudit(Data(lines.joined(separator: "\n").utf8))
    }
    let changed = lines.map { $0.replacingOccurrences(of: "\"credential.put\"", with: "\"credential.get\"") }
    #expect(try !export(changed).verify(firstKey: key).isSound)
    #expect(try !export(lines.dropLast(2)).verify(firstKey: key, expecting: [head]).isSound)
    #expect(throws: CustodyError.self) { _ = try export(["no", "export"]) }
    // A workspace that is none is shown to whoever reads the file; the entry has none.
    let first = try #require(lines.firstIndex { $0.contains("\"vault.init\"") })
    lines[first] = #"{"workspace":"somewhere","# + lines[first].dropFirst()
    #expect(throws: CustodyError.self) { try export(lines).verify(firstKey: key) }
  }

  @Test("an export that says it was pruned to no entry is none", arguments: [Int64.max, 1 << 53, 0, -1])
  func exportedHorizon(through: Int64) async throws {
    let vault = try await TestVault.make()
    var lines: [String] = []
    _ = try vault.custodian.exportAudit { lines.append($0) }
    let horizon = "\(through):\(String(repeating: "0", count: 64))"
    lines[0] = lines[0].replacingOccurrences(of: "}", with: ",\"horizon\":\"\(horizon)\"}")
    #expect(throws: CustodyError.refused("line 1 is no line of an exported audit log")) {
      _ = try ExportedAudit(Data(lines.joined(separator: "\n").utf8))
    }
  }

  @Test("a log that was cut back behind its last key is found, though the entry before the cut is signed")
  func cutBehindKey() async throws {
    let vault = try await TestVault.make()
    let key = try AuditPublicKey.read(try vault.custodian.auditPublicKey)
    try await vault.custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    var lines: [String] = []
    _ = try vault.custodian.exportAudit { lines.append($0) }
    let exported = try ExportedAudit(Data(lines.prefix(13).joined(separator: "\n").utf8)).verify(firstKey: key)
    #expect(exported.keys == 2 && exported.entries == 10 && exported.problem?.sequence == 11)
    try vault.folder.attacker().withoutTriggers(
      "DELETE FROM audit WHERE sequence > 10; DELETE FROM audit_changes WHERE sequence > 10")
    let stored = try Custodian.verifyAudit(at: vault.folder.database, firstKey: key, expecting: [])
    #expect(stored.entries == 10 && stored.problem?.sequence == 11)
  }

  @Test("the secret half of an old key that is there again is found without any key")
  func oldSecretHalf() async throws {
    let vault = try await TestVault.make()
    let key = try AuditPublicKey.read(try vault.custodian.auditPublicKey)
    let attacker = try vault.folder.attacker()
    let keys = try attacker.rows("SELECT rowid, * FROM audit_keys")
    try await vault.custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    #expect(try Custodian.verifyAudit(at: vault.folder.database, firstKey: key, expecting: []).isSound)
    try attacker.putBack(keys, into: "audit_keys")
    #expect(try !Custodian.verifyAudit(at: vault.folder.database, firstKey: key, expecting: []).isSound)
    #expect(throws: AuditProblem.self) { _ = try vault.custodian.exportAudit { _ in } }
  }

  private static let others = AuditRow.columns.dropFirst().joined(separator: ", ")

  /// What an attacker does to the log, and the entry at which it must show.
  static let attacks: [(name: String, sql: String)] = [
    ("an entry's words", "UPDATE audit SET actor = 'nobody' WHERE sequence = 5"),
    ("an entry's time", "UPDATE audit SET at = at + 1 WHERE sequence = 5"),
    ("an entry's hash", "UPDATE audit SET hash = zeroblob(32) WHERE sequence = 5"),
    ("an entry's signature", "UPDATE audit SET signature = zeroblob(64) WHERE sequence = 5"),
    ("an entry taken out", "DELETE FROM audit WHERE sequence = 5"),
    ("what it did to a row", "UPDATE audit_changes SET digest = zeroblob(32) WHERE sequence = 5"),
    ("a row's change taken out", "DELETE FROM audit_changes WHERE sequence = 5"),
    (
      "a change put in",
      "INSERT INTO audit_changes SELECT 5, 99, row_table, row_key, digest, layout, mac_generation, mac FROM audit_changes WHERE sequence = 5 LIMIT 1"
    ),
    (
      "a change of no entry",
      "INSERT INTO audit_changes SELECT 9999, position, row_table, row_key, digest, layout, mac_generation, mac FROM audit_changes WHERE sequence = 5 LIMIT 1"
    ),
    (
      "an entry at the end of numbers",
      "INSERT INTO audit SELECT 9223372036854775807, at, workspace, actor, action, subject, detail, key_number, hash, signature FROM audit WHERE sequence = 5"
    ),
    ("the key's range", "UPDATE audit_keys SET first_sequence = 2"),
    ("the key", "UPDATE audit_keys SET public_key = zeroblob(32)"),
    ("today's key taken away", "UPDATE audit_keys SET wrapped = NULL"),
    ("an entry before the first", "INSERT INTO audit SELECT 0, \(others) FROM audit WHERE sequence = 5"),
    ("an entry before all numbers", "INSERT INTO audit SELECT \(Int64.min), \(others) FROM audit WHERE sequence = 5"),
    ("an entry behind all numbers", "INSERT INTO audit SELECT \(Int64.max), \(others) FROM audit WHERE sequence = 5"),
    (
      "a horizon behind all numbers",
      "INSERT INTO audit_horizon VALUES (1, \(Int64.max), zeroblob(32), 1, 0, zeroblob(32))"
    ),
    ("a horizon that nobody pruned to", "INSERT INTO audit_horizon VALUES (1, 4, zeroblob(32), 1, 0, zeroblob(32))"),
  ]

  @Test("whatever is done to the log is found", arguments: attacks.indices)
  func attacked(index: Int) async throws {
    let vault = try await TestVault.make()
    try vault.folder.attacker().withoutTriggers(Self.attacks[index].sql)
    let report = try vault.custodian.verifyAudit()
    #expect(!report.isSound, "\(Self.attacks[index].name)")
    let isSound = (try? await vault.custodian.verify().isSound) ?? false
    #expect(!isSound, "verify says so too, or cannot even record that it was run")
  }

  @Test("a log that was cut is noticed by whoever saw more of it, before anything is written")
  func cut() async throws {
    let vault = try await TestVault.make()
    let entries = try vault.custodian.audit()
    let last = try #require(entries.last).sequence
    let head = AuditHead(entries.last!)
    try vault.folder.attacker().withoutTriggers(
      "DELETE FROM audit WHERE sequence = \(last); DELETE FROM audit_changes WHERE sequence = \(last)")
    await #expect(throws: CustodyError.self) { try await vault.custodian.change(.test) { _ in } }
    let again = try await vault.reopened()
    #expect(try again.verifyAudit().isSound, "by itself a log that was cut behind a signature is one that ended there")
    #expect(try again.verifyAudit(expecting: [head]).problem?.sequence == last, "a head that was kept elsewhere shows it")
    #expect(try await !again.verify().isSound, "and so do the rows that changed since")
  }

  @Test("an unsigned end is no end")
  func unsigned() async throws {
    let vault = try await TestVault.make()
    try vault.folder.attacker().withoutTriggers(
      "UPDATE audit SET signature = NULL WHERE sequence = (SELECT max(sequence) FROM audit)")
    #expect(try !vault.custodian.verifyAudit().isSound)
    let again = try await vault.reopened()
    await #expect(throws: CustodyError.self) { try await again.change(.test) { _ in } }
  }
}

extension Attacker {
  /// Takes the triggers away, does it, and puts them back as they were: the schema stays what the migrations make.
  func withoutTriggers(_ sql: String) throws {
    let triggers = try rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    for trigger in triggers { try run("DROP TRIGGER \(String.fromDatabaseValue(trigger[0])!)") }
    for statement in sql.split(separator: ";") { try run(String(statement)) }
    for trigger in triggers { try run(String.fromDatabaseValue(trigger[1])!) }
  }
}
