import Custody
import Storage

/// Refreshes: does somebody do them, and do any hang?
extension Doctor {
  func refreshes(_ view: CustodyView, _ now: Instant, _ boot: BootInstant) throws -> [Finding] {
    let gauges = try view.unauthenticated.gauges(at: now, boot: boot)
    return [overdue(gauges, now), landed(gauges), breakers(gauges)]
  }

  private func overdue(_ gauges: StoredGauges, _ now: Instant) -> Finding {
    guard let oldest = gauges.oldestDue, now.milliseconds - oldest.milliseconds > 300_000 else {
      return .ok("schedule", "\(gauges.due) refreshes are due, none for more than five minutes")
    }
    return .fail(
      "schedule", "\(gauges.due) refreshes are due, the oldest since \(oldest.text)",
      "is reseal serve running, or a cron job with reseal refresh --due?")
  }

  private func landed(_ gauges: StoredGauges) -> Finding {
    let landed = gauges.openRefreshes.first { $0.state == .landed }?.count ?? 0
    guard landed > 0 else { return .ok("replies", "none waits to be read") }
    return .warn("replies", "\(landed) came and were not read yet", "they are when their integration is refreshed next; if they stay, see the log")
  }

  private func breakers(_ gauges: StoredGauges) -> Finding {
    gauges.openBreakers == 0
      ? .ok("breakers", "none is open")
      : .warn("breakers", "\(gauges.openBreakers) connectors rest", "their provider is in trouble, or refuses them: reseal connector list")
  }
}
