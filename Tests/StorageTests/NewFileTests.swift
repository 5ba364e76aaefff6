import Foundation
import GRDB
import Sealing
import Testing

@testable import Storage

@Suite("files that appear whole")
struct NewFileTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test("nothing stands in its place before it is published, all of it afterwards")
  func published() throws {
    let file = try NewFile.reserve("\(folder.path)/new")
    #expect(try names == ["new.partial"] && folder.mode(of: "new.partial") == 0o600)
    try file.fill(Array("content".utf8))
    try file.publish()
    #expect(try names == ["new"] && folder.bytes(of: "new") == Data("content".utf8))
  }

  @Test("what came into its place meanwhile is not replaced")
  func overtaken() throws {
    let file = try NewFile.reserve("\(folder.path)/new")
    try Data("mine".utf8).write(to: URL(filePath: "\(folder.path)/new"))
    #expect(throws: StorageError.exists(path: "\(folder.path)/new")) { try file.publish() }
    #expect(try folder.bytes(of: "new") == Data("mine".utf8))
    file.discard()
    #expect(try names == ["new"])
  }

  @Test("one at a time")
  func reservedTwice() throws {
    _ = try NewFile.reserve("\(folder.path)/new")
    #expect(throws: StorageError.unfinished(path: "\(folder.path)/new.partial")) {
      _ = try NewFile.reserve("\(folder.path)/new")
    }
  }

  @Test("where nothing can be made, the error names the file and the reason")
  func nowhere() {
    #expect(throws: StorageError.inaccessible(path: "\(folder.path)/no/new.partial", error: ENOENT)) {
      _ = try NewFile.reserve("\(folder.path)/no/new")
    }
  }

  @Test("a file's digest is that of its bytes, over several buffers too")
  func digest() throws {
    for size in [0, 1, 63, 1 << 20, (3 << 20) + 17] {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
      try Data(bytes).write(to: URL(filePath: "\(folder.path)/file"))
      let digest = try FileDigest(of: "\(folder.path)/file")
      #expect(digest.bytes == Int64(size) && digest.sha256 == Digest.sha256(bytes))
    }
    #expect(throws: StorageError.missing(path: "\(folder.path)/none")) { _ = try FileDigest(of: "\(folder.path)/none") }
  }

  @Test("a snapshot is one file with every row, and the original is not touched")
  func snapshot() async throws {
    let samples = Samples()
    let store = try await samples.store(in: folder)
    let file = try NewFile.reserve("\(folder.path)/copy.db")
    try store.snapshot(into: file)
    try file.publish()
    #expect(try !names.contains { $0.hasPrefix("copy.db-") || $0.hasPrefix("copy.db.") })
    let copy = try Store.open(at: "\(folder.path)/copy.db", .readOnly)
    let counts = try copy.read { try $0.tableCounts() }
    #expect(try counts == store.read { try $0.tableCounts() } && counts["credentials"] == 1)
    await #expect(throws: StorageError.self) { try await copy.write(.full) { try $0.raiseNumbers(to: 1) } }
    try copy.close()
    #expect(try !names.contains("copy.db-wal"))
  }

  @Test("numbers are raised where they are below, and left where they are above")
  func raised() async throws {
    let samples = Samples()
    let store = try await samples.store(in: folder)
    for floor: Int64 in [1 << 32, 5, 2 << 32] {
      try await store.write(.normal) { try $0.raiseNumbers(to: floor) }
    }
    try await store.write(.normal) { tx in
      let schedule = try #require(try tx.row(ScheduleRow.self, .uuid(samples.integration)))
      #expect(schedule.fence == 2 << 32 && schedule.claimOwner == nil && schedule.refreshAt == samples.now)
      #expect(try tx.lastEvent() == 2 << 32, "the next event counts on from there")
    }
  }
}
