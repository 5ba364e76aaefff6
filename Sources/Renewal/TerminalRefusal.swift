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
  ///   - accessTokenIsRefused: whether the provider refuses the access token as well; `nil` before it was asked. Where
  ///     none can be asked with, nothing confirms the refusal, and nothing is lost by asking a second time.
  package static func decide(
    _ refreshClass: RefreshClass, wasRefusedBefore: Bool, accessTokenIsRefused: Bool? = nil
  ) -> TerminalRefusal {
    if wasRefusedBefore { return .gone }
    guard refreshClass == .x else { return .wait }
    switch accessTokenIsRefused {
    case nil: return .ask
    case true?: return .gone
    case false?: return .wait
    }
  }
}
