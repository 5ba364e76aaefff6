import Catalogue
import Custody
import Storage

/// Connectors: is their provider known, and does it accept them?
extension Doctor {
  func connectors(_ view: CustodyView) throws -> [Finding] {
    let rows = try view.workspaces().flatMap { workspace in
      try view.rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace.workspace), "removed_at": .null])
    }
    return [catalogue(of: rows), try incidents(view, rows)]
  }

  private func catalogue(of rows: [ConnectorRow]) -> Finding {
    let lost = rows.filter { catalogue.provider($0.provider) == nil }
    guard lost.isEmpty else {
      let names = lost.prefix(10).map { "\($0.slug) (\($0.provider))" }.joined(separator: ", ")
      return .fail("catalogue", "no provider file for \(names)", "give --providers the folder that the connector was made with")
    }
    return .ok("catalogue", "every connector's provider is known")
  }

  private func incidents(_ view: CustodyView, _ rows: [ConnectorRow]) throws -> Finding {
    let open = try rows.flatMap { row in
      try view.rows(IncidentRow.self, matching: ["connector": .uuid(row.connector), "closed_at": .null])
        .map { "\(row.slug) (\($0.kind.rawValue): \($0.reason))" }
    }
    guard open.isEmpty else {
      return .fail("connectors", "in trouble as a whole: \(open.prefix(10).joined(separator: ", "))", "reseal connector show SLUG")
    }
    return .ok("connectors", "\(rows.count), none in trouble as a whole")
  }
}
