/// One switch by its name in JSON: what it turns, what it accepts, and what the page says about it.
struct Switch: Sendable {
  let name: String
  let dial: Dial
  let meaning: String

  typealias Field<Value> = any WritableKeyPath<Switches, Value> & Sendable

  /// The field that a switch turns, with the values that it accepts.
  enum Dial: Sendable {
    case number(Field<Int>, ClosedRange<Int>)
    /// 0 for off, or 400 to 599.
    case status(Field<Int>)
    case flag(Field<Bool>)
    case text(Field<String>)
    /// The name of an account, or empty for off.
    case account(Field<String>)
  }

  static let all: [Switch] = [
    Switch(
      name: "access_token_lifetime", dial: .number(\.accessTokenLifetime, 1...86_400),
      meaning: "seconds that an access token lives"),
    Switch(
      name: "grace_window", dial: .number(\.graceWindow, 0...86_400),
      meaning: "seconds for which a rotated refresh token still works"),
    Switch(
      name: "wrong_account", dial: .account(\.wrongAccount), meaning: "account that every authorization signs in as"),
    Switch(
      name: "scope_limit", dial: .text(\.scopeLimit), meaning: "scopes that are granted at most, separated by spaces"),
    Switch(name: "fail_token", dial: .status(\.failToken), meaning: "status that the token endpoint answers"),
    Switch(
      name: "rate_limited", dial: .number(\.rateLimited, 0...86_400),
      meaning: "seconds of Retry-After in a 429 of the token endpoint"),
    Switch(
      name: "slow_token_ms", dial: .number(\.slowTokenMs, 0...600_000),
      meaning: "milliseconds before the token endpoint does anything"),
    Switch(
      name: "slow_after_rotation_ms", dial: .number(\.slowAfterRotationMs, 0...600_000),
      meaning: "milliseconds between the rotation and its answer"),
    Switch(name: "lose_reply", dial: .flag(\.loseReply), meaning: "rotate, then hang up without an answer"),
    Switch(name: "omit_refresh_token", dial: .flag(\.omitRefreshToken), meaning: "issue no refresh token"),
    Switch(name: "html_body", dial: .flag(\.htmlBody), meaning: "answer token requests with an HTML page"),
    Switch(name: "ok_with_error", dial: .flag(\.okWithError), meaning: "answer token requests with 200 and an error"),
    Switch(name: "fail_whoami", dial: .status(\.failWhoami), meaning: "status that whoami answers"),
    Switch(
      name: "count", dial: .number(\.count, 0...1_000_000),
      meaning: "requests that the faults above touch before they go off; 0: until reset"),
  ]
}

extension Switch {
  func value(in switches: Switches) -> SwitchValue {
    switch dial {
    case .number(let path, _), .status(let path): .number(switches[keyPath: path])
    case .flag(let path): .flag(switches[keyPath: path])
    case .text(let path), .account(let path): .text(switches[keyPath: path])
    }
  }

  /// Turns the switch; `false` when the value is of another type or outside of what the switch accepts.
  func turn(_ switches: inout Switches, to value: SwitchValue) -> Bool {
    switch (dial, value) {
    case (.number(let path, let range), .number(let number)) where range.contains(number):
      switches[keyPath: path] = number
    case (.status(let path), .number(let status)) where status == 0 || (400...599).contains(status):
      switches[keyPath: path] = status
    case (.flag(let path), .flag(let flag)):
      switches[keyPath: path] = flag
    case (.text(let path), .text(let text)):
      switches[keyPath: path] = text
    case (.account(let path), .text(let name)) where name.isEmpty || Account.named(name) != nil:
      switches[keyPath: path] = name
    default:
      return false
    }
    return true
  }

  /// What the switch accepts, for the message to somebody who sent something else.
  var accepted: String {
    switch dial {
    case .number(_, let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .status: "0 or a status from 400 to 599"
    case .flag: "true or false"
    case .text: "a text"
    case .account: "an account (\(Account.all.map(\.name).joined(separator: ", "))) or an empty text"
    }
  }
}
