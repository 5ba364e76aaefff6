import Custody
import FamilyProvider
import Foundation
import Reseal
import Sealing
import Storage

/// The provider refuses our client: one incident, no integration changes; once it is mended, everything goes on.
struct WrongSecret: Encodable, Report {
  var integrations = 0
  var refused = 0
  var incidents = 0
  var changed = 0
  var events = 0
  var refreshedAfterwards = 0
  var wrong: [String] = []

  static func run(_ count: Int) async throws -> WrongSecret {
    let venue = try await Venue()
    defer { venue.end() }
    let engine = try await venue.open()
    let guests = try await venue.admit(count, expiresAt: Instant(Date()) + .seconds(1800), by: engine)
    try await venue.makeDue(guests)
    var report = WrongSecret(integrations: count)
    let before = try heads(guests, venue, engine)
    venue.server.requireClientSecret("the-new-one")
    for _ in 0..<3 { _ = try await engine.due.run(concurrency: 8) }
    report.refused = venue.server.refusedClients
    report.incidents = try engine.connectors.show("crowd", workspace: venue.workspace).incidents.count
    report.changed = zip(before, try heads(guests, venue, engine)).count { $0 != $1 }
    report.events = try engine.events.page(workspace: venue.workspace, after: 0, limit: 1_000_000)
      .count { $0.type == .connectorMisconfigured }
    _ = try await engine.connectors.update(
      "crowd", workspace: venue.workspace,
      ConnectorChange(clientSecret: Secret(copying: Array("the-new-one".utf8))), by: .commandLine)
    try await venue.makeDue(guests)
    report.refreshedAfterwards = try await engine.due.run(concurrency: 8).refreshed
    report.judge(try engine.connectors.show("crowd", workspace: venue.workspace).incidents.count)
    await engine.shutdown()
    return report
  }

  /// Every column of every integration's row.
  private static func heads(_ guests: [Guest], _ venue: Venue, _ engine: Assembly) throws -> [[ColumnValue]] {
    try guests.map { try engine.directory.entry($0.integration, workspace: venue.workspace).integration.values }
  }

  private mutating func judge(_ openIncidents: Int) {
    if incidents != 1 || events != 1 { wrong.append("\(incidents) incidents, \(events) events") }
    if changed != 0 { wrong.append("\(changed) integrations changed") }
    if refused > 8 { wrong.append("\(refused) requests until it was seen") }
    if refreshedAfterwards != integrations { wrong.append("only \(refreshedAfterwards) were refreshed afterwards") }
    if openIncidents != 0 { wrong.append("the incident is open still") }
  }
}
