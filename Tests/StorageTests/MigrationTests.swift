import Foundation
import Migrations
import Testing

@testable import Storage

@Suite("migrations")
struct MigrationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().resolvingSymlinksInPath().appending(path: "Migrations")

  @Test("the embedded list is the folder, name by name and byte by byte")
  func folder() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".sql") }
    #expect(MigrationScripts.all.map { "\($0.name).sql" } == files.sorted())
    for script in MigrationScripts.all {
      let text = try String(contentsOf: Self.folder.appending(path: "\(script.name).sql"), encoding: .utf8)
      #expect(script.sql == text, "\(script.name)")
    }
  }

  @Test("numbers rise by one and stand in the names")
  func numbers() {
    #expect(MigrationScripts.all.map(\.number) == Array(1...MigrationScripts.all.count))
    for script in MigrationScripts.all {
      let prefix = String(repeating: "0", count: 4 - String(script.number).count) + String(script.number)
      #expect(script.name.hasPrefix("V\(prefix)_"), "\(script.name)")
    }
  }
}
