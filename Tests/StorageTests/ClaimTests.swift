import Foundation
import Testing

@testable import Storage

@Suite("claims")
struct ClaimTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store
  private let boot = BootInstant(boot: "boot-1", milliseconds: 1000)

  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
    let samples = samples
    try await store.write(.normal) { tx in
      try tx.update(ScheduleRow(
          integration: samples.integration, workspace: samples.workspace, connector: samples.connector))
    }
  }

  private func claim(_ owner: String, at boot: BootInstant, for duration: Duration = .seconds(45)) async throws -> Claim? {
    let samples = samples
    return try await store.write(.normal) {
      try $0.claim(samples.integration, workspace: samples.workspace, owner: owner, boot: boot, for: duration)
    }
  }

  private func schedule() throws -> ScheduleRow? {
    try store.read { try $0.row(ScheduleRow.self, .uuid(samples.integration)) }
  }

  @Test("one holder at a time, until the end of the claim")
  func exclusive() async throws {
    #expect(try await claim("a", at: boot) == Claim(integration: samples.integration, fence: 1, owner: "a"))
    #expect(try await claim("b", at: boot) == nil)
    #expect(try await claim("a", at: boot) == nil)
    #expect(try await claim("b", at: BootInstant(boot: "boot-1", milliseconds: 45_999)) == nil)
    #expect(try await claim("b", at: BootInstant(boot: "boot-1", milliseconds: 46_000))?.fence == 2)
  }

  @Test("a claim of another boot is dead, whatever its clock says")
  func otherBoot() async throws {
    #expect(try await claim("a", at: boot) != nil)
    let reborn = try await claim("b", at: BootInstant(boot: "boot-2", milliseconds: 1))
    #expect(reborn == Claim(integration: samples.integration, fence: 2, owner: "b"))
    #expect(try schedule()?.claimUntil == 45_001)
    #expect(try schedule()?.claimBoot == "boot-2")
  }

  @Test("fences rise for good, also past a release")
  func fences() async throws {
    var fences: [Int64] = []
    for _ in 0..<4 {
      let claim = try #require(try await claim("a", at: boot))
      fences.append(claim.fence)
      try await store.write(.normal) { try $0.release(claim) }
    }
    #expect(fences == [1, 2, 3, 4])
  }

  @Test("whoever lost the claim cannot release the next holder's")
  func lateRelease() async throws {
    let first = try #require(try await claim("a", at: boot))
    let second = try #require(try await claim("a", at: BootInstant(boot: "boot-2", milliseconds: 0)))
    try await store.write(.normal) { try $0.release(first) }
    #expect(try schedule()?.claimOwner == "a")
    try await store.write(.normal) { try $0.release(second) }
    #expect(try schedule()?.claimOwner == nil)
    #expect(try schedule()?.fence == 2)
  }

  @Test("of many that ask at once, in two processes' stores, one gets it")
  func race() async throws {
    let (other, store, boot, samples) = (try Store.open(at: folder.database), store, boot, samples)
    let claims = try await withThrowingTaskGroup(of: Claim?.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await (number.isMultiple(of: 2) ? store : other).write(.normal) {
            try $0.claim(
              samples.integration, workspace: samples.workspace, owner: "owner-\(number)", boot: boot, for: .seconds(45))
          }
        }
      }
      var claims: [Claim] = []
      for try await claim in group { claims += claim.map { [$0] } ?? [] }
      return claims
    }
    #expect(claims.count == 1)
    #expect(try schedule()?.claimOwner == claims.first?.owner)
    #expect(try schedule()?.fence == 1)
  }

  @Test("an integration without a schedule gets one, claimed and due at no time; one that is not there gets none")
  func unscheduled() async throws {
    let samples = samples
    try await store.write(.normal) { tx in
      try tx.delete(ScheduleRow.self, matching: ["integration": .uuid(samples.integration)])
    }
    #expect(try await claim("a", at: boot)?.fence == 1)
    #expect(try await claim("b", at: boot) == nil)
    #expect(try schedule()?.claimOwner == "a")
    #expect(try schedule()?.refreshAt == nil)
    let boot = boot
    await #expect(throws: StorageError.dangling(table: "schedules")) {
      try await store.write(.normal) {
        try $0.claim(UUID(), workspace: samples.workspace, owner: "a", boot: boot, for: .seconds(1))
      }
    }
  }
}
