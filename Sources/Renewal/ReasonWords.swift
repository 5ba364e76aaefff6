import OAuth
import Storage

/// Our codes in words; an unknown one stands for itself.
enum ReasonWords {
  static func explain(_ code: String) -> String {
    if let words = words[code] { return "\(words) (\(code))" }
    guard let refusal = RefusalCode(rawValue: code) else { return code }
    return refusal.isTerminal ? "the provider says that the grant is gone (\(code))" : "the provider says \(code)"
  }

  private static let words = unanswered.merging(answered) { first, _ in first }.merging(ours) { first, _ in first }

  /// Why no answer came: `ExchangeFailure`.
  private static let unanswered = [
    "name_resolution": "the provider's name could not be resolved", "refused": "the provider took no connection",
    "unreachable": "there was no way to the provider", "connect_timeout": "the provider took no connection in time",
    "tls": "no secure connection to the provider came about",
    "private_address": "the provider's name led to a private address",
    "invalid_url": "the provider's address is none", "insecure_url": "the provider's address is not https",
    "invalid_request": "the request cannot be written as HTTP", "closed": "this process was stopping",
    "timed_out": "the provider did not answer in time", "connection_lost": "the connection broke before an answer",
    "body_too_large": "the answer was too large", "malformed_reply": "the answer was no HTTP",
  ]

  /// What the provider's answer was: `TokenRefusal`.
  private static let answered = [
    "server_error": "the provider is in trouble", "temporarily_unavailable": "the provider is in trouble",
    "rate_limited": "the provider wants fewer requests", "unparsable": "the answer could not be read",
    "unexpected_status": "the provider sent us elsewhere", "unusable": "the answer was a success, and brought no token",
    "gateway": "somebody between us and the provider answered in its stead",
    "unrecognised": "the answer is none that is known here", "unauthorized": "the provider answered 401, without a reason",
  ]

  private static let ours = [
    BreakerRow.unnamed: "failures in a row", "backing_off": "it failed before, and waits",
    "abandoned": "its process died, or was frozen for too long",
    "claim_ran_out": "its process had been frozen for too long",
    "not_opened": "a secret of ours could not be opened",
    "refresh_uncertain": "a refresh token may have been used, and its answer was lost",
    "restored": "it came with a backup, and its refresh token may have been used since",
    "expired": "it ran out and has no refresh token", "disconnected": "the customer disconnected it",
    "no_spool": "there was no room beside the database for an answer",
    "not_stored": "the answer is safe, and not in the database yet",
    "not_concluded": "the answer is kept, and could not be stored as a credential yet",
    RefreshOutcome.unknownProvider: "the provider is not in the catalogue of this process",
    RefreshOutcome.clockJumped: "the wall clock has jumped",
    IntegrationState.nearDeadline: "its grant ends soon",
  ]
}
