import Custody
import Foundation
import Storage

/// Integrations: whose customer must come back, and which have been in trouble for so long that waiting is no plan.
extension Doctor {
  func integrations(_ view: CustodyView, _ now: Instant) throws -> [Finding] {
    let troubles = try view.unauthenticated.troubles()
    let names = try Dictionary(
      view.workspaces().flatMap { workspace in
        try view.rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace.workspace)])
          .map { ($0.connector.text, $0.slug) }
      }) { one, _ in one }
    func line(_ trouble: Trouble) -> String {
      "\(trouble.count) of \(names[trouble.connector] ?? "a removed connector") (\(trouble.reason ?? "no reason"))"
    }
    let waiting = troubles.filter { $0.state == Lifecycle.needsReauthorization.rawValue }.map(line)
    let stuck = troubles.filter {
      $0.state == Health.degraded.rawValue && now.milliseconds - $0.since.milliseconds >= Self.day
    }.map(line)
    return [Self.waiting(waiting), Self.stuck(stuck)]
  }

  private static func waiting(_ lines: [String]) -> Finding {
    lines.isEmpty
      ? .ok("integrations", "no customer has to reconnect")
      : .warn(
        "integrations", "customers have to reconnect: \(lines.prefix(10).joined(separator: ", "))",
        "reseal integration list --state needs_reauthorization")
  }

  /// A refusal that nobody understands is tried again for ever: after a day somebody should hear of it.
  private static func stuck(_ lines: [String]) -> Finding {
    lines.isEmpty
      ? .ok("degraded", "none for as long as a day")
      : .fail(
        "degraded", "refreshes bring nothing since a day or more: \(lines.prefix(10).joined(separator: ", "))",
        "reseal refresh explain ID; where the provider's answer is not understood, translate it (docs/providers.md, errors)")
  }
}
