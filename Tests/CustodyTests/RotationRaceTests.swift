import Foundation
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("rotating under load")
struct RotationRaceTests {
  private final class Rotations: Sendable { let areOver = Atomic<Bool>(false) }

  @Test("readers and writers of several processes go on: what was acknowledged can be read, then and afterwards")
  func load() async throws {
    let vault = try await TestVault.large()
    let tenant = vault.first
    let others = [try await vault.reopened(), try await vault.reopened()]
    let rotations = Rotations()
    let written = try await withThrowingTaskGroup(of: [String].self) { group in
      for (number, other) in others.enumerated() {
        group.addTask {
          let integration = tenant.integrations[number]
          var written: [String] = []
          while !rotations.areOver.load(ordering: .acquiring) || written.count < 5 {
            let secret = "written-\(number)-\(written.count)"
            try await other.put(secret, to: integration, in: tenant)
            written.append(secret)
            #expect(try await other.text(of: integration, in: tenant) == secret)
          }
          return written
        }
      }
      for aim in [RotationAim.next, .back(to: 1), .next] {
        let end = try await vault.custodian.rotate(
          workspace: tenant.workspace, aim, by: .commandLine, pages: PageSize(16...32))
        #expect(end.state == .verified)
        #expect(end.left == 0)
      }
      rotations.areOver.store(true, ordering: .releasing)
      var all: [[String]] = []
      for try await one in group { all.append(one) }
      return all
    }
    let reopened = try await vault.reopened()
    for secrets in written {
      let number = try #require(secrets.first).split(separator: "-")[1]
      let integration = tenant.integrations[Int(number)!]
      let first = number == "0" ? 3 : 2
      for (offset, secret) in secrets.enumerated() {
        #expect(try await reopened.text(of: integration, in: tenant, version: Int64(first + offset)) == secret)
      }
    }
    let report = try await reopened.verify()
    #expect(report.problems == [])
    #expect(report.leftBehind == 0)
    #expect(try reopened.generations(workspace: tenant.workspace).map(\.state) == [.decryptOnly, .decryptOnly, .primary])
  }

  @Test("two processes rotate the same workspace, and move every row once")
  func twoRotations() async throws {
    let vault = try await TestVault.large()
    let (workspace, other) = (vault.first.workspace, try await vault.reopened())
    let pages = PageSize(16...16)
    try await vault.custodian.begin(.next, workspace: workspace, by: .commandLine)
    let total = try #require(try other.rotationProgress(workspace: workspace)).left
    async let one = vault.custodian.rotate(workspace: workspace, by: .commandLine, pages: pages)
    async let two = other.rotate(workspace: workspace, by: .commandLine, pages: pages)
    let ends = try await [one, two]
    let done = try #require(try other.rotationProgress(workspace: workspace))
    #expect(ends.allSatisfy { $0.to == done.to } || done.to == 3, "the later one may have come after the end")
    #expect(done.state == .verified)
    #expect(done.done == total)
    #expect(try await other.verify().leftBehind == 0)
  }

  @Test("a row that was written after the page was sealed is left as it was written")
  func compareAndSwap() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    try await custodian.begin(.next, workspace: tenant.workspace, by: .commandLine)
    let place = RotationPlace.start
    let page = try await custodian.page(of: tenant.workspace, at: place, limit: 100)
    #expect(page.moves.count == 2)
    try await custodian.change(.test) { change in
      var row = tenant.certificateRow("kid-1", at: change.now)
      row.state = .retired
      try change.update(row)
    }
    let written = try await custodian.write(page, workspace: tenant.workspace, by: .commandLine)
    #expect(written.moved == 1)
    let row = try custodian.view { try $0.row(CertificateRow.self, .uuid(tenant.workspace), .text("kid-1")) }
    #expect(row?.state == .retired)
    let again = try await custodian.write(page, workspace: tenant.workspace, by: .commandLine)
    #expect(again.progress == nil, "the cursor has moved on: the page is dropped")
  }

  @Test("a page that was sealed for another ring is dropped")
  func staleRing() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    try await custodian.begin(.next, workspace: workspace, by: .commandLine)
    let page = try await custodian.page(of: workspace, at: .start, limit: 100)
    try await custodian.begin(.back(to: 1), workspace: workspace, by: .commandLine)
    let written = try await custodian.write(page, workspace: workspace, by: .commandLine)
    #expect(written.progress == nil)
    #expect(written.moved == 0)
    let end = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    #expect(end.left == 0)
    #expect(try await custodian.verify().leftBehind == 0)
  }

  @Test("pages grow while they are quick, shrink when they are slow, and stay within their limits")
  func pageSize() {
    var size = PageSize()
    for _ in 0..<20 { size.adapt(toLockHeld: .microseconds(100)) }
    #expect(size.rows == 512)
    size.adapt(toLockHeld: .milliseconds(6))
    #expect(size.rows == 256)
    for _ in 0..<20 { size.adapt(toLockHeld: .seconds(1)) }
    #expect(size.rows == 16)
  }
}
