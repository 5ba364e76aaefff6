import Catalogue

/// What is made of a provider's word that the grant is gone. Providers have said so by mistake, so that it is confirmed
/// before anybody is bothered.
package enum TerminalRefusal: Sendable, Equatable {
  case gone
  /// Ask the provider with the access token: another use of the refresh token might cost the grant.
  case ask
  /// Another refresh, a minute later, confirms it or not.
  case wait

  /// - Parameters:
  ///   - wasRefusedBefore: this very token was refused for good at least a minute before.
  ///   - accessTokenIsDead: what the provider said of it; `nil` before it was asked.
  package static func decide(
    _ refreshClass: RefreshClass, wasRefusedBefore: Bool, accessTokenIsDead: Bool? = nil
  ) -> TerminalRefusal {
    if wasRefusedBefore { return .gone }
    guard refreshClass == .x else { return .wait }
    switch accessTokenIsDead {
    case nil: return .ask
    case true?: return .gone
    case false?: return .wait
    }
  }
}
