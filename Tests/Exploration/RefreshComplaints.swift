import Catalogue
import Renewal
import Storage

/// What must hold, whatever happens: a stored credential works, or the integration says that it needs someone.
extension RefreshMachine {
  package func complaint(about situation: Situation) -> String? {
    let uncertain = situation.attempts.filter { $0.state == .uncertain }
    if situation.provider.reuses > 0, uncertain.isEmpty, !situation.wasInTheGap {
      return "a token was used again that nobody had a doubt about"
    }
    if let reusedAt = situation.provider.reusedAt, reusedAt < Course.moments[4] {
      return "a token was used again while its access token had long to live"
    }
    if case .swapped(let family) = situation.renewer,
      situation.provider.family(of: situation.credential.token) < family
    {
      return "a renewal was undone"
    }
    guard situation.state.lifecycle == .needsReauthorization else { return nil }
    if situation.works { return "a working grant was given up" }
    if situation.wasWithdrawn { return nil }
    if refreshClass == .n || refreshClass == .s { return "a grant was lost that cannot be lost" }
    if !situation.works, !situation.wasInTheGap { return "a grant was lost outside of the gap" }
    return nil
  }

  package func complaint(aboutTheEnd situation: Situation) -> String? {
    guard situation.state.lifecycle == .ready else { return nil }
    if !situation.works { return "silently dead" }
    return situation.refreshAt == nil ? "nobody will refresh it" : nil
  }
}
