import Custody
import Foundation
import Storage

extension CustodyView {
  /// The connector's open incidents: at most one of each kind.
  package func openIncidents(of connector: UUID) throws -> [IncidentRow] {
    try rows(IncidentRow.self, matching: ["connector": .uuid(connector), "closed_at": .null])
  }

  /// Whether an operator has said within a day that refusals of this connector are to be believed.
  func refusalsAreBelieved(of connector: UUID) throws -> Bool {
    try rows(
      IncidentRow.self, matching: ["connector": .uuid(connector), "kind": .word(IncidentKind.refusalsHeld)]
    ).contains { incident in
      incident.closedBy.map { $0 != IncidentRow.bySuccess } ?? false
        && incident.closedAt.map { $0 + .seconds(24 * 3600) > now } ?? false
    }
  }
}

extension CustodyChange {
  /// Opens an incident unless one of its kind is open: row, audit entry and event together.
  /// - Returns: whether it is new.
  func openIncident(_ kind: IncidentKind, of connector: ConnectorRow, reason: String) throws -> Bool {
    guard try openIncidents(of: connector.connector).allSatisfy({ $0.kind != kind }) else { return false }
    try insert(
      IncidentRow(
        incident: UUID(), workspace: connector.workspace, connector: connector.connector, kind: kind, reason: reason,
        openedAt: now))
    try tell(kind.eventType, of: connector, reason: reason, by: .refresher)
    return true
  }

  /// Closes open incidents; the last one's end is told.
  package func closeIncidents(
    of connector: ConnectorRow, _ isOver: (IncidentRow) -> Bool = { _ in true }, by actor: Actor, closedBy: String
  ) throws {
    let open = try openIncidents(of: connector.connector)
    let over = open.filter(isOver)
    guard let first = over.first else { return }
    for var incident in over {
      (incident.closedAt, incident.closedBy) = (now, closedBy)
      try update(incident)
    }
    if over.count == open.count { try tell(.connectorRecovered, of: connector, reason: first.reason, by: actor) }
  }

  private func tell(_ type: EventType, of connector: ConnectorRow, reason: String, by actor: Actor) throws {
    try append(
      EventRow(
        workspace: connector.workspace, connector: connector.connector, integrationSequence: 0, type: type,
        payload: CanonicalJSON.text(["connector": connector.slug, "reason_code": reason]), createdAt: now))
    try record(
      AuditEntry(
        type.rawValue, "connector/\(connector.connector.text)", workspace: connector.workspace, by: actor,
        detail: ["reason": reason]))
  }
}

extension IncidentRow {
  /// Who closes an incident that has passed by itself.
  static let bySuccess = "success"
}

extension IncidentKind {
  fileprivate var eventType: EventType {
    switch self {
    case .misconfigured: .connectorMisconfigured
    case .refusalsHeld: .connectorRefusalsHeld
    }
  }
}
