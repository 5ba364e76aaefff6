import Foundation
import Synchronization

/// The place that an opening was recorded for.
struct OpeningPlace: Sendable, Equatable {
  let workspace: UUID
  let integration: UUID?
  /// The name of a sealed secret; `nil` for a credential.
  let secret: String?
  let version: Int64
}

/// An opening whose entry is on its way into the log. Once the transaction stands, `recorded` hands out the proof, once.
package final class PendingOpening: Sendable {
  private enum Stage { case pending, recorded, spent }
  private let place: OpeningPlace
  private let stage = Mutex(Stage.pending)

  init(_ place: OpeningPlace) { self.place = place }

  func commit() { stage.withLock { if $0 == .pending { $0 = .recorded } } }

  /// - Throws: `refused` before the entry is committed, and the second time.
  package func recorded() throws -> RecordedOpening {
    let isMine = stage.withLock { stage in
      defer { if stage == .recorded { stage = .spent } }
      return stage == .recorded
    }
    guard isMine else { throw CustodyError.refused("an opening is recorded first, and spent once") }
    return RecordedOpening(place)
  }
}

/// Proof that an opening stands in the audit log, good for one opening of what was recorded: it cannot be made outside
/// custody, cannot be copied, and opening consumes it.
package struct RecordedOpening: ~Copyable, Sendable {
  let place: OpeningPlace

  init(_ place: OpeningPlace) { self.place = place }
}
