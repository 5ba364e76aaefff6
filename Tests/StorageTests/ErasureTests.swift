import Foundation
import Sealing
import Testing

@testable import Storage

@Suite("what is deleted is gone from the files")
struct ErasureTests {
  private let folder: Folder
  private let samples = Samples()
  private let ciphertext = RandomBytes.make(200)

  init() throws { folder = try Folder() }

  private func places() throws -> [String] { try OtherProcess.files(of: folder.database, holding: ciphertext) }

  /// A store with a sealed value of which the bytes are known.
  private func store(_ secret: SealedSecretRow) async throws -> Store {
    let store = try await samples.store(in: folder)
    try await store.write(.full) { try $0.insert(secret) }
    return store
  }

  private var secret: SealedSecretRow {
    SealedSecretRow(
      workspace: samples.workspace, name: "attempt/1/pkce", createdAt: samples.now,
      sealed: SealedValue(generation: 1, header: [1], payload: ciphertext))
  }

  private func delete(in store: Store) async throws {
    let workspace = samples.workspace
    try await store.write(.normal) { tx in
      try tx.delete(SealedSecretRow.self, matching: ["workspace": .uuid(workspace), "name": .text("attempt/1/pkce")])
    }
  }

  @Test("a sealed value that is deleted is in neither file afterwards")
  func deleted() async throws {
    let store = try await store(secret)
    #expect(try places() == ["-wal"])
    try await delete(in: store)
    #expect(try places() == [])
  }

  @Test("in neither file, too, when it had reached the database file")
  func checkpointed() async throws {
    try await store(secret).close()
    #expect(try places() == ["db"])
    let store = try Store.open(at: folder.database)
    try await delete(in: store)
    #expect(try places() == [])
  }

  @Test("a reader elsewhere does not hold up the deletion; the next write after it makes good")
  func owed() async throws {
    let store = try await store(secret)
    let reader = try OtherProcess.holding("BEGIN; SELECT count(*) FROM sealed_secrets", of: folder.database)
    let begin = ContinuousClock.now
    try await delete(in: store)
    #expect(ContinuousClock.now - begin < .seconds(3))
    #expect(try places() == ["-wal"])
    try reader.finish()
    try await store.write(.normal) { _ in }
    #expect(try places() == [])
  }

  @Test("a wrapped key that is overwritten is in neither file afterwards")
  func wrappedKey() async throws {
    let store = try await samples.store(in: folder)
    var row = try #require(try store.read { try $0.rows(WorkspaceKeyRow.self).first })
    row.wrapped = ciphertext
    let filled = row
    try await store.write(.full) { try $0.update(filled) }
    row.wrapped = nil
    let destroyed = row
    #expect(try places() != [])
    try await store.write(.full) { try $0.update(destroyed) }
    #expect(try places() == [])
  }
}
