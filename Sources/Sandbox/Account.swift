/// One of the three people who have an account here. There are two tenants, so that both kinds of a wrong account can
/// be tried: another person of the same tenant, and somebody of another one.
struct Account: Hashable, Sendable {
  let name: String
  let tenant: String
  let givenName: String

  var email: String { "\(name)@\(tenant).example" }

  /// The key that ``IdentityRoutes`` accept in place of a token, for trying connectors of kind `api_key`.
  var key: String { "sandbox-key-\(name)" }

  static let alice = Account(name: "alice", tenant: "acme", givenName: "Alice")
  static let bob = Account(name: "bob", tenant: "acme", givenName: "Bob")
  static let carol = Account(name: "carol", tenant: "globex", givenName: "Carol")
  static let all = [alice, bob, carol]

  static func named(_ name: String) -> Account? {
    all.first { $0.name == name }
  }

  static func holding(key: String) -> Account? {
    all.first { $0.key == key }
  }

  /// The account that a `login_hint` means: its name or its email address.
  static func hinted(by hint: String) -> Account? {
    all.first { $0.name == hint || $0.email == hint }
  }
}

/// An account as `whoami` tells it.
struct Identity: Encodable, Sendable {
  let sub: String
  let tenant: String
  let email: String
  let name: String

  init(of account: Account) {
    sub = account.name
    tenant = account.tenant
    email = account.email
    name = account.givenName
  }
}
