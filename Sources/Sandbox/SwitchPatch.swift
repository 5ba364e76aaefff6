/// What one switch stands at, as JSON writes it.
enum SwitchValue: Codable, Equatable, Sendable {
  case number(Int)
  case flag(Bool)
  case text(String)
  /// In a merge patch: back to the default (RFC 7396).
  case null

  /// As a form writes it.
  var text: String {
    switch self {
    case .number(let number): String(number)
    case .flag(let flag): String(flag)
    case .text(let text): text
    case .null: ""
    }
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? value.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .number(let number): try value.encode(number)
    case .flag(let flag): try value.encode(flag)
    case .text(let text): try value.encode(text)
    case .null: try value.encodeNil()
    }
  }
}

/// A change of some switches; the others stay. A name or value that is not understood refuses the whole change, since
/// a misspelt fault would let a test pass for the wrong reason.
struct SwitchPatch: Sendable {
  let values: [String: SwitchValue]

  struct Refusal: Error, Equatable {
    let message: String
  }

  /// - Parameter defaults: where a `null` returns a switch to.
  func applied(to current: Switches, defaults: Switches) throws(Refusal) -> Switches {
    var changed = current
    for (name, value) in values {
      guard let turned = Switch.all.first(where: { $0.name == name }) else {
        throw Refusal(message: "there is no switch \(name)")
      }
      let wanted = value == .null ? turned.value(in: defaults) : value
      guard turned.turn(&changed, to: wanted) else {
        throw Refusal(message: "\(name) takes \(turned.accepted)")
      }
    }
    return changed
  }

  /// The change that the control page's form means: it sends every switch, and an unset box not at all.
  init(form: FormFields) {
    values = Dictionary(
      uniqueKeysWithValues: Switch.all.map { each in
        switch each.dial {
        case .number, .status: (each.name, form[each.name].flatMap(Int.init).map(SwitchValue.number) ?? .null)
        case .flag: (each.name, .flag(form[each.name] != nil))
        case .text, .account: (each.name, .text(form[each.name] ?? ""))
        case .choice: (each.name, form[each.name].map(SwitchValue.text) ?? .null)
        }
      })
  }

  init(values: [String: SwitchValue]) {
    self.values = values
  }
}

extension Switches {
  /// All switches by name.
  var values: [String: SwitchValue] {
    Dictionary(uniqueKeysWithValues: Switch.all.map { ($0.name, $0.value(in: self)) })
  }
}
