import Foundation
import Sealing
import Testing

@testable import Storage

@Suite("files with a secret")
struct PrivateFileTests {
  private let folder: Folder
  private let content = Array("content".utf8)

  init() throws { folder = try Folder() }

  private var path: String { "\(folder.path)/new" }
  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test("without a name until it is whole, then its owner's alone")
  func published() throws {
    let file = try PrivateFile(at: path)
    #expect(try names == [])
    try file.publish(Secret(copying: content))
    #expect(try names == ["new"] && folder.bytes(of: "new") == Data(content) && folder.mode(of: "new") == 0o600)
  }

  @Test("the same beside its place, where the file system makes no unnamed files")
  func beside() throws {
    do {
      let file = try PrivateFile(at: path, isUnnamed: false)
      #expect(try names == ["new.partial"])
      try file.publish(Secret(copying: content))
      #expect(try names == ["new"] && folder.bytes(of: "new") == Data(content) && folder.mode(of: "new") == 0o600)
      file.withdraw()
      _ = try PrivateFile(at: path, isUnnamed: false)
    }
    #expect(try names == [], "what is not published goes with its object")
  }

  @Test("nothing is replaced, neither what was there nor what came meanwhile", arguments: [true, false])
  func taken(isUnnamed: Bool) throws {
    let file = try PrivateFile(at: path, isUnnamed: isUnnamed)
    try Data("mine".utf8).write(to: URL(filePath: path))
    #expect(throws: StorageError.exists(path: path)) { try file.publish(Secret(copying: content)) }
    file.withdraw()
    #expect(try folder.bytes(of: "new") == Data("mine".utf8))
    #expect(throws: StorageError.exists(path: path)) { _ = try PrivateFile(at: path, isUnnamed: isUnnamed) }
  }

  @Test("a folder that is not there is an error with a path and a reason")
  func nowhere() {
    let path = "\(folder.path)/no/new"
    #expect(throws: StorageError.inaccessible(path: path, error: ENOENT)) { _ = try PrivateFile(at: path) }
  }
}
