import Custody
import Foundation
import Glibc
import Reseal
import Storage

/// Nothing is due: what a scheduler over so many integrations costs.
struct Idleness: Encodable, Report {
  var integrations = 0
  var seconds = 0
  /// Of one core.
  var cpuPercent = 0.0
  var residentBefore = 0
  var residentAfter = 0
  var wrong: [String] = []

  static func run(_ count: Int, seconds: Int) async throws -> Idleness {
    let venue = try await Venue()
    defer { venue.end() }
    var report = Idleness(integrations: count, seconds: seconds)
    let maker = try await venue.open()
    try await venue.fill(count, by: maker)
    await maker.shutdown()
    let engine = try await venue.open()
    let scheduler = Task { await engine.scheduler().run() }
    try await Task.sleep(for: .seconds(2))
    (report.residentBefore, report.cpuPercent) = (resident(), -cpuSeconds())
    try await Task.sleep(for: .seconds(seconds))
    report.cpuPercent = (report.cpuPercent + cpuSeconds()) * 100 / Double(seconds)
    report.residentAfter = resident()
    scheduler.cancel()
    await scheduler.value
    await engine.shutdown()
    if report.cpuPercent > 2 { report.wrong.append("\(report.cpuPercent) % of a core while nothing is due") }
    if report.residentAfter > report.residentBefore + 4096 { report.wrong.append("memory grows") }
    if report.residentBefore > 200_000 { report.wrong.append("\(report.residentBefore) KiB resident") }
    return report
  }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
  }

  /// KiB.
  private static func resident() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

extension Venue {
  /// So many integrations with a refresh scheduled over the next day, written by the vault itself, a thousand to a
  /// transaction. The scheduler never looks at their credentials, so they have none.
  func fill(_ count: Int, by engine: Assembly) async throws {
    let connector = try engine.connectors.show("crowd", workspace: workspace).row.connector
    let custodian = try await Custodian.open(at: folder + "/vault.db", rootKey: .file(path: folder + "/root.key"), clocks: .system)
    let workspace = workspace
    for first in stride(from: 0, to: count, by: 1000) {
      try await custodian.amend(durability: .normal) { change in
        for number in first..<min(count, first + 1000) {
          let row = IntegrationRow(
            integration: UUID(), workspace: workspace, customer: "customer_\(number)", connector: connector,
            lifecycle: .ready, since: change.now, createdAt: change.now)
          try change.insert(row)
          let due = change.now + .seconds(3600) + .milliseconds(Int64(number) * 80_000_000 / Int64(count))
          try change.unauthenticatedWrites.schedule(row.integration, workspace: workspace, refreshAt: due, failures: 0)
        }
      }
    }
    try await custodian.close()
  }
}
