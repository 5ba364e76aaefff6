import Reseal
import Storage

/// The database's gauges as families.
extension VaultGauges {
  func write(to text: inout Exposition) {
    writeRefreshes(to: &text)
    writeIntegrations(to: &text)
    writeKeys(to: &text)
    text.gauge("reseal_events_last_sequence", "The number of the newest event.", Double(stored.lastEvent))
    text.gauge(
      "reseal_clock_doubted", "1 while the wall clock is not believed because it jumped.", doubtsClock ? 1 : 0)
    text.gauge(
      "reseal_clock_jump_seconds", "How far the wall clock has left the boot clock since this process began.",
      clockJump)
  }

  private func writeRefreshes(to text: inout Exposition) {
    let cap = StoredGauges.most
    text.gauge(
      "reseal_refreshes_due", "Refreshes whose time has come; \(cap) where there are more.", Double(stored.due))
    text.gauge(
      "reseal_refresh_overdue_seconds", "How long the oldest of them has waited; 0 without one.", overdue)
    text.family(
      "reseal_refreshes_due_within", .gauge, "Refreshes that fall due within so many seconds; \(cap) where there are more.")
    for (seconds, count) in stored.dueWithin {
      text.sample("reseal_refreshes_due_within", [("seconds", String(seconds))], Double(count))
    }
    text.family("reseal_refresh_attempts_open", .gauge, "Refresh attempts that have not ended, by how far they came.")
    for (state, count) in stored.openRefreshes {
      text.sample("reseal_refresh_attempts_open", [("state", state.rawValue)], Double(count))
    }
    text.family(
      "reseal_refresh_attempts_uncertain", .gauge,
      "Refresh attempts of the last so many seconds of which nobody knows whether the provider accepted the token.")
    for (seconds, count) in stored.uncertainWithin {
      text.sample("reseal_refresh_attempts_uncertain", [("seconds", String(seconds))], Double(count))
    }
    text.gauge("reseal_breakers_open", "Connectors whose breaker is open.", Double(stored.openBreakers))
    text.family("reseal_incidents_open", .gauge, "Connector incidents that nobody has closed, by kind.")
    for (kind, count) in stored.openIncidents {
      text.sample("reseal_incidents_open", [("kind", kind.rawValue)], Double(count))
    }
  }

  private func writeIntegrations(to text: inout Exposition) {
    text.family(
      "reseal_integrations_unwell", .gauge,
      "Integrations that are not ready and well, by state; \(StoredGauges.most) where there are more.")
    for (state, count) in stored.unwell {
      text.sample("reseal_integrations_unwell", [("state", state)], Double(count))
    }
    text.gauge(
      "reseal_connects_open", "Connects and renewals that somebody has begun and not ended.", Double(stored.openAttempts))
  }

  private func writeKeys(to text: inout Exposition) {
    text.gauge(
      "reseal_oldest_key_age_seconds", "Age of the oldest workspace key that can still open something.", oldestKeyAge)
    text.gauge("reseal_key_rotations_open", "Key rotations that have not ended.", Double(stored.openRotations))
    text.gauge("reseal_quarantined_rows", "Rows that a rotation could not vouch for.", Double(stored.quarantined))
  }
}
