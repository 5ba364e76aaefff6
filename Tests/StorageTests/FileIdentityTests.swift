import Foundation
import Glibc
import Testing

@testable import Storage

@Suite("the file under a path")
struct FileIdentityTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test("whoever has a database open notices that another one took its place, and neither reads nor writes")
  func replaced() async throws {
    let samples = Samples()
    let store = try await samples.store(in: folder)
    let copy = "\(folder.database).copy"
    try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
    #expect(rename(copy, folder.database) == 0)
    let replaced = StorageError.replaced(path: folder.database)
    #expect(throws: replaced) { try store.read { try $0.count(CertificateRow.self) } }
    await #expect(throws: replaced) { try await store.write(.normal) { _ in } }
    #expect(unlink(folder.database) == 0)
    #expect(throws: replaced) { try store.read { try $0.count(CertificateRow.self) } }
  }

  @Test("what is no file is not waited for")
  func pipe() throws {
    #expect(mkfifo(folder.database, 0o600) == 0)
    let refused = StorageError.inaccessible(path: folder.database, error: EINVAL)
    #expect(throws: refused) { _ = try Store.open(at: folder.database) }
    #expect(throws: refused) { _ = try FileDigest(of: folder.database) }
    #expect(throws: StorageError.missing(path: "\(folder.database)-not")) {
      _ = try Store.open(at: "\(folder.database)-not")
    }
  }
}
