/// One switch by its name in JSON: what it turns, what it accepts, and what the page says about it.
struct Switch: Sendable {
  let name: String
  let isFault: Bool
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
    case choice(Field<String>, [String])
    /// The name of an account, or empty for off.
    case account(Field<String>)
  }

  static func setting(_ name: String, _ dial: Dial, _ meaning: String) -> Switch {
    Switch(name: name, isFault: false, dial: dial, meaning: meaning)
  }

  static func fault(_ name: String, _ dial: Dial, _ meaning: String) -> Switch {
    Switch(name: name, isFault: true, dial: dial, meaning: meaning)
  }
}

extension Switch {
  func value(in switches: Switches) -> SwitchValue {
    switch dial {
    case .number(let path, _), .status(let path): .number(switches[keyPath: path])
    case .flag(let path): .flag(switches[keyPath: path])
    case .text(let path), .choice(let path, _), .account(let path): .text(switches[keyPath: path])
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
    case (.choice(let path, let words), .text(let word)) where words.contains(word):
      switches[keyPath: path] = word
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
    case .choice(_, let words): "one of \(words.joined(separator: ", "))"
    case .account: "an account (\(Account.all.map(\.name).joined(separator: ", "))) or an empty text"
    }
  }
}
