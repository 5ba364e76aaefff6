import Foundation
import Sealing
import Storage

/// Where a rotation stands in the tables: at which row of which one.
struct RotationPlace: Sendable, Equatable {
  static let start = RotationPlace(table: 0, row: .min)

  let table: Int64
  let row: Int64

  /// `nil` after the last table.
  var tableType: (any TenantRow.Type)? {
    TenantTables.all.indices.contains(Int(table)) ? TenantTables.all[Int(table)] : nil
  }

  /// At a row of this table, or at the beginning of the next one.
  func at(_ row: Int64?) -> RotationPlace {
    row.map { RotationPlace(table: table, row: $0) } ?? RotationPlace(table: table + 1, row: .min)
  }
}

extension RotationRow {
  var place: RotationPlace {
    get { RotationPlace(table: tableIndex, row: rowCursor) }
    set { (tableIndex, rowCursor) = (newValue.table, newValue.row) }
  }

  /// Whether whoever rotates may write another page.
  var awaitsPage: Bool { state == .rewrapping && pausedAt == nil }
}

/// A stretch of a table whose rows were proven and sealed anew, on a snapshot, before anything is locked. It is worth
/// writing only while the ring is the one that it was sealed with.
struct RewrapPage: Sendable {
  let place: RotationPlace
  let next: RotationPlace
  /// The MAC of the ring's row, and its primary.
  let ring: [UInt8]
  let primary: UInt32
  let moves: [RowMove]
  /// Rows that could not be vouched for.
  let faults: [RowName]
}

extension Custodian {
  /// Reads a page and does its box operations, on every core. Nothing is locked, and nothing is written.
  func page(of workspace: UUID, at place: RotationPlace, limit: Int) async throws -> RewrapPage {
    try await offPool { [self] in
      let (ring, found) = try view { view in
        (try view.ring(workspace), try view.candidates(workspace, at: place, limit: limit))
      }
      let carrier = try RowCarrier(keys: keys, ring: ring)
      let outcomes = try Cores.map(found.rows) { carrier.carry($0) }
      var (moves, faults): ([RowMove], [RowName]) = ([], found.malformed)
      for outcome in outcomes {
        switch outcome {
        case .current: break
        case .moved(let move): moves.append(move)
        case .fault(let name): faults.append(name)
        }
      }
      return RewrapPage(
        place: place, next: found.next, ring: ring.mac, primary: ring.states.primary, moves: moves, faults: faults)
    }
  }
}

/// The rows of a page as they were found, with what only the snapshot can tell about them.
struct Candidates: Sendable {
  var rows: [Candidate] = []
  var malformed: [RowName] = []
  let next: RotationPlace
}

extension CustodyView {
  func candidates(_ workspace: UUID, at place: RotationPlace, limit: Int) throws -> Candidates {
    guard let table = place.tableType else { return Candidates(next: place) }
    return try candidates(table, workspace, at: place, limit: limit)
  }

  private func candidates<R: TenantRow>(
    _: R.Type, _ workspace: UUID, at place: RotationPlace, limit: Int
  ) throws -> Candidates {
    let ring = try ring(workspace)
    let page = try tx.page(R.self, workspace: workspace, from: place.row, limit: limit)
    return Candidates(
      rows: try page.rows.map { Candidate(row: $0, isKnown: try isVouchedFor($0, in: ring)) },
      malformed: page.malformed.map { RowName(table: R.table, key: $0) }, next: place.at(page.next))
  }
}
