import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("transactions")
struct TransactionTests {
  private struct Stop: Error {}
  private let folder: Folder
  private let samples = Samples()
  private let store: Store

  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
  }

  @Test("one that throws changes nothing, wherever it throws")
  func rollback() async throws {
    let samples = samples
    for steps in 1...4 {
      await #expect(throws: Stop.self) {
        try await store.write(.full) { tx in
          for step in 0..<steps {
            switch step {
            case 0: try tx.insert(samples.certificateRow(kid: "new"))
            case 1: try tx.update(samples.integrationRow(customer: "other"))
            case 2: try tx.delete(CredentialRow.self, matching: ["integration": .uuid(samples.integration)])
            default: try tx.insert(AuditRow.sample)
            }
          }
          throw Stop()
        }
      }
    }
    try store.read { (tx: ReadTransaction) throws in
      #expect(try tx.count(CertificateRow.self) == 1)
      #expect(try tx.row(IntegrationRow.self, .uuid(samples.integration))?.customer == "c")
      #expect(try tx.count(CredentialRow.self) == 1)
      #expect(try tx.auditTail(limit: 9).count == 1)
    }
  }

  @Test("what a transaction wrote is seen inside it, and after it, not beside it")
  func isolation() async throws {
    let (store, samples) = (store, samples)
    let (inside, beside) = try await store.write(.normal) { tx in
      try tx.insert(samples.certificateRow(kid: "new"))
      return (try tx.count(CertificateRow.self), try store.read { try $0.count(CertificateRow.self) })
    }
    #expect(inside == 2)
    #expect(beside == 1)
    #expect(try store.read { try $0.count(CertificateRow.self) } == 2)
  }

  @Test("a taken key and a missing row are conflicts, a broken reference is damage; each names the table")
  func conflicts() async throws {
    let samples = samples
    await #expect(throws: StorageError.conflict(table: "certificates")) {
      try await store.write(.normal) { try $0.insert(samples.certificateRow()) }
    }
    await #expect(throws: StorageError.conflict(table: "certificates")) {
      try await store.write(.normal) { try $0.update(samples.certificateRow(kid: "unknown")) }
    }
    await #expect(throws: StorageError.dangling(table: "credentials")) {
      try await store.write(.normal) { tx in
        var row = samples.credentialRow()
        row.integration = UUID()
        try tx.insert(row)
      }
    }
  }

  @Test("a column takes its own type only")
  func strict() throws {
    for (table, column, value) in [
      ("access_keys", "created_at", "'soon'"), ("access_keys", "hash", "'text'"), ("access_keys", "role", "x'00'"),
      ("access_keys", "created_at", "1.5"), ("access_keys", "role", "NULL"), ("schedules", "fence", "x'01'"),
    ] {
      #expect(throws: DatabaseError.self, "\(table).\(column) = \(value)") {
        try folder.attack("UPDATE \(table) SET \(column) = \(value)")
      }
    }
  }

  @Test("the audit log takes no change and no deletion")
  func appendOnly() throws {
    #expect(throws: DatabaseError.self) { try folder.attack("UPDATE audit SET actor = 'nobody'") }
    #expect(throws: DatabaseError.self) { try folder.attack("DELETE FROM audit") }
    #expect(try store.read { try $0.auditTail(limit: 9) }.map(\.actor) == ["a"])
  }

  @Test("the number of the newest event is remembered when the event is gone, and whatever else is written there")
  func lastEvent() async throws {
    #expect(try store.read { try $0.lastEvent() } == 1)
    try folder.attack("DELETE FROM events")
    #expect(try store.read { try $0.lastEvent() } == 1)
    for (value, last) in [("7", 7), ("'x'", 0), ("NULL", 0), ("-5", 0), ("x'00'", 0), ("9223372036854775807", Int64.max)] {
      try folder.attack("UPDATE sqlite_sequence SET seq = \(value) WHERE name = 'events'")
      #expect(try store.read { try $0.lastEvent() } == last, "\(value)")
    }
  }

  @Test("a column matches null where null is asked for")
  func nulls() throws {
    try store.read { (tx: ReadTransaction) throws in
      #expect(try tx.count(AttemptRow.self, matching: ["ended_at": .null]) == 0)
      #expect(try tx.count(AttemptRow.self, matching: ["ended_at": .instant(samples.now)]) == 1)
      #expect(try tx.rows(AttemptRow.self, matching: ["reason": .text("r")]).count == 1)
    }
  }
}
