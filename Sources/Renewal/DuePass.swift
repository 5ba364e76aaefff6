import Storage

/// One pass under way.
struct DuePass {
  var lanes: DueLanes
  var summary = DueSummary()
  var isWaiting = false
  var isLooking = false

  mutating func take(_ step: DueStep, at boot: BootInstant) {
    switch step {
    case .waited: isWaiting = false
    case .looked: isLooking = false
    case .refreshed(let row, let outcome):
      lanes.end(row, outcome, at: boot)
      summary.count(outcome)
    }
  }
}

/// What comes out of a pass's tasks.
enum DueStep: Sendable {
  case refreshed(DueSchedule, RefreshOutcome)
  case waited, looked
}
