//! initializer is inaccessible
import Custody

func opening(_ pending: PendingOpening) throws -> RecordedOpening {
  //- RecordedOpening(pending)
  //+ try pending.recorded()
}
