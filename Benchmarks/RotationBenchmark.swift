import Custody
import Foundation
import Sealing
import Storage
import Synchronization

/// How fast a workspace of `rows` credentials is rotated, against the bare box operations on one core in the same run.
struct RotationBenchmark {
  let rows: Int

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "reseal-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (database, source) = ("\(folder)/vault.db", RootKeySource.file(path: "\(folder)/root.key"))
    try await Custodian.create(at: database, rootKey: source, clocks: .system)
    let custodian = try await Custodian.open(at: database, rootKey: source, clocks: .system)
    let workspace = UUID()
    try await custodian.createWorkspace(id: workspace, name: "bench", origins: [], by: .commandLine)
    try await fill(custodian, workspace)
    let floor = try bareRewraps()
    print("floor: open and seal on one core  \(Int(floor)) rows/s")
    for aim in [RotationAim.next, .compromised] {
      try await measure(aim, custodian, workspace, floor: floor)
    }
    try await custodian.close()
  }

  private func measure(_ aim: RotationAim, _ custodian: Custodian, _ workspace: UUID, floor: Double) async throws {
    let held = Mutex<[Duration]>([])
    let began = ContinuousClock.now
    let end = try await custodian.rotate(workspace: workspace, aim, by: .commandLine) { progress in
      if let page = progress.lockHeld { held.withLock { $0.append(page) } }
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let pages = held.withLock { $0.sorted() }
    let rate = Double(end.done) / seconds
    print(
      """
      \(aim == .next ? "rotate" : "rotate --compromised"): \(end.done) rows in \(round(seconds * 100) / 100) s  \
      \(Int(rate)) rows/s  \(round(rate / floor * 100) / 100) × floor, prepare to proof
        write lock per page: median \(text(pages[pages.count / 2]))  p99 \(text(pages[pages.count * 99 / 100]))  \
      longest \(text(pages[pages.count - 1]))  over \(pages.count) pages
      """)
  }

  private func text(_ duration: Duration) -> String { "\(round(duration / .milliseconds(1) * 100) / 100) ms" }

  /// What a rewrap cannot do without: two X25519 operations to seal, one to open.
  private func bareRewraps() throws -> Double {
    let (old, new) = (KeyGeneration.generate(1), KeyGeneration.generate(2))
    let context = Context.named("bench", version: 1, workspace: "w", vault: "v")
    let value = old.seal(Secret.random(200), in: context, createdAt: 0)
    let began = ContinuousClock.now
    for _ in 0..<5000 { _ = try old.rewrap(value, in: context, to: new) }
    return 5000 / ((ContinuousClock.now - began) / .seconds(1))
  }

  private func fill(_ custodian: Custodian, _ workspace: UUID) async throws {
    let (connector, now) = (UUID(), custodian.clocks.now())
    let entry = AuditEntry("bench.fill", "bench", workspace: workspace, by: .commandLine)
    try await custodian.change(entry) { change in
      try change.insert(
        ConnectorRow(
          connector: connector, workspace: workspace, slug: "bench", provider: "p", clientID: "c", secretVersion: 1,
          scopes: "", identityPolicy: .sameActor, importPolicy: .immediate, parameters: "{}", createdAt: now))
    }
    for start in stride(from: 0, to: rows, by: 500) {
      let heads = (start..<min(start + 500, rows)).map { number in
        var head = IntegrationRow(
          integration: UUID(), workspace: workspace, customer: "customer-\(number)", connector: connector,
          lifecycle: .ready, since: now, createdAt: now)
        (head.currentVersion, head.lastVersion) = (1, 1)
        return head
      }
      let sealed = try heads.map { head in
        var fields = CredentialFieldsWriter()
        fields.add("access_token", Secret.random(200))
        return try custodian.seal(fields.finish(), integration: head, version: 1)
      }
      try await custodian.change(entry) { change in
        for (head, value) in zip(heads, sealed) {
          try change.insert(head)
          try change.insert(
            CredentialRow(
              integration: head.integration, version: 1, workspace: workspace, customer: head.customer, grantNumber: 0,
              kind: .apiKey, origin: .put, scopes: "", refreshable: false, createdAt: now, sealed: value))
        }
      }
    }
  }
}
