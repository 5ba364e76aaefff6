import Foundation
import Storage

/// How many rows a page has: as many as are written in 3 ms, so that no writer waits longer than 5 ms for one.
package struct PageSize: Sendable {
  package private(set) var rows: Int
  private let limits: ClosedRange<Int>

  package init(_ limits: ClosedRange<Int> = 16...512) {
    self.limits = limits
    rows = min(max(96, limits.lowerBound), limits.upperBound)
  }

  mutating func adapt(toLockHeld held: Duration) {
    let ratio = min(max(Duration.milliseconds(3) / held, 0.5), 1.5)
    rows = min(max(Int(Double(rows) * ratio), limits.lowerBound), limits.upperBound)
  }
}

/// What became of a page.
struct PageWritten: Sendable {
  /// The rotation after it; `nil` when the page was dropped, because something got in between.
  var progress: RotationRow?
  var moved = 0
  var quarantined = 0
  /// From the first look under the lock until the commit is reported: never shorter than the lock was held.
  var lockHeld = Duration.zero
}

extension Custodian {
  /// Writes a page, moves the cursor, and drops the page if ring or cursor are not the ones it was made with. A power
  /// cut may take the last pages back; what they held is then still under the old generation, and so is the cursor.
  func write(_ page: RewrapPage, workspace: UUID, by actor: Actor) async throws -> PageWritten {
    let clock = ContinuousClock()
    var (written, began) = try await amend(durability: .normal) { change in
      let began = clock.now
      var written = PageWritten()
      guard var rotation = try change.rotation(workspace), rotation.awaitsPage, rotation.place == page.place,
        try change.ring(workspace).mac == page.ring
      else { return (written, began) }
      guard rotation.toGeneration == page.primary else { throw integrity(rotation) }
      change.quietStep = "key.page"
      for move in page.moves where try change.put(move) { written.moved += 1 }
      for fault in page.faults { try change.quarantine(fault, foundBy: rotation, by: actor) }
      rotation.advance(to: page.next, moved: written.moved, at: change.now)
      try change.put(rotation)
      written.progress = rotation
      written.quarantined = try change.quarantine(of: workspace).count { $0.abandonedAt == nil }
      return (written, began)
    }
    written.lockHeld = clock.now - began
    return written
  }
}

extension RotationRow {
  fileprivate mutating func advance(to place: RotationPlace, moved: Int, at now: Instant) {
    rowsDone &+= Int64(moved)
    runRows &+= Int64(moved)
    movedAt = now
    self.place = place
    if place.tableType == nil { state = .verifying }
  }
}

extension CustodyChange {
  /// Compare-and-swap: a row that somebody wrote meanwhile is under the new generation already.
  /// - Returns: whether the row was still the one that was read.
  fileprivate func put(_ move: RowMove) throws -> Bool { try put(move.row, move) }

  private func put<R: TenantRow>(_ row: R, _ move: RowMove) throws -> Bool {
    guard move.isReencrypted else { return try everyWrite.rekey(row, from: move.oldMAC) }
    guard try stored(row)?.seal.mac == move.oldMAC else { return false }
    try update(row)
    return true
  }
}
