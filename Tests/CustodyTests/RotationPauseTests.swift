import Foundation
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("pausing a rotation")
struct RotationPauseTests {
  private static let pages = PageSize(16...16)

  /// A rotation that another process pauses after `pages` pages.
  private func paused(after pages: Int) async throws -> (vault: TestVault, end: RotationProgress) {
    let vault = try await TestVault.large()
    let workspace = vault.first.workspace
    let other = try await vault.reopened()
    let seen = Mutex(0)
    let pause = Mutex<Task<Void, any Error>?>(nil)
    let end = try await vault.custodian.rotate(workspace: workspace, by: .commandLine, pages: Self.pages) { _ in
      guard seen.withLock({ $0 += 1; return $0 }) == pages else { return }
      let task = Task.detached { try await other.pauseRotation(workspace: workspace, by: .commandLine) }
      pause.withLock { $0 = task }
      // The next page is written only when the other process has paused.
      let isPaused = DispatchSemaphore(value: 0)
      Task.detached {
        _ = await task.result
        isPaused.signal()
      }
      _ = isPaused.wait(timeout: .now() + 60)
    }
    try await pause.withLock { $0 }?.value
    return (vault, end)
  }

  @Test("another process stops it at its next page; resumed, it ends as if nothing had been", arguments: [1, 3, 8])
  func acrossProcesses(pages: Int) async throws {
    let (vault, end) = try await paused(after: pages)
    let workspace = vault.first.workspace
    #expect(end.isPaused)
    #expect(end.state == .rewrapping)
    #expect(end.done <= 16 * pages)
    #expect(end.left > 0)
    let custodian = try await vault.reopened()
    #expect(try custodian.rotationProgress(workspace: workspace) == end, "it stays paused")
    let refused = await #expect(throws: CustodyError.self) {
      _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    }
    #expect("\(refused, default: "none")".contains("key resume"))
    #expect(try await vault.secret(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    try await custodian.put("secret-new", to: vault.first.integrations[0], in: vault.first)
    let whole = try await custodian.resumeRotation(workspace: workspace, by: .commandLine)
    #expect(whole.state == .verified)
    #expect(!whole.isPaused)
    #expect(whole.left == 0)
    #expect(try await custodian.verify().problems == [])
    let actions = try custodian.audit().map(\.action).filter { $0.hasPrefix("key.") }
    #expect(actions == ["key.prepare", "key.promote", "key.pause", "key.resume", "key.rewrapped"])
  }

  @Test("only a rotation that is under way is paused, only a paused one is resumed")
  func order() async throws {
    let (vault, _) = try await paused(after: 2)
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    await #expect(throws: CustodyError.refused("the rotation is paused already")) {
      try await custodian.pauseRotation(workspace: workspace, by: .commandLine)
    }
    _ = try await custodian.resumeRotation(workspace: workspace, by: .commandLine)
    await #expect(throws: CustodyError.refused("no rotation is paused")) {
      _ = try await custodian.resumeRotation(workspace: workspace, by: .commandLine)
    }
    await #expect(throws: CustodyError.refused("no rotation is under way")) {
      try await custodian.pauseRotation(workspace: workspace, by: .commandLine)
    }
    await #expect(throws: CustodyError.refused("no rotation is under way")) {
      try await custodian.pauseRotation(workspace: vault.second.workspace, by: .commandLine)
    }
  }

  @Test("the rate counts from the last beginning, and tells how long the rest takes")
  func rate() async throws {
    let vault = try await TestVault.large()
    let ticks = Mutex(0)
    // Each look at the clock is a second later.
    let clocks = Clocks(
      now: { Instant(milliseconds: 1_760_000_000_000 + 1000 * Int64(ticks.withLock { $0 += 1; return $0 })) },
      boot: Clocks.fixed.boot)
    let custodian = try await vault.reopened(clocks: clocks)
    let rates = Mutex<[RotationProgress]>([])
    _ = try await custodian.rotate(workspace: vault.first.workspace, by: .commandLine, pages: Self.pages) { progress in
      rates.withLock { $0.append(progress) }
    }
    let seen = rates.withLock { $0 }
    #expect(seen.count >= 10)
    for progress in seen.dropFirst() {
      let rate = try #require(progress.rate)
      #expect(rate > 0 && rate <= 16)
      #expect(progress.secondsLeft == (progress.left == 0 ? nil : Double(progress.left) / rate))
    }
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.done + $0.left == $1.done + $1.left }, "nobody else wrote")
  }
}
