import OAuth
import Renewal
import Storage
import Testing

struct IdentityCheckTests {
  static let alice = AccountIdentity(actor: "alice", tenant: "acme")!
  static let bob = AccountIdentity(actor: "bob", tenant: "acme")!
  static let carol = AccountIdentity(actor: "carol", tenant: "globex")!
  /// The same user id in another organisation: another account.
  static let namesake = AccountIdentity(actor: "alice", tenant: "globex")!
  static let lonely = AccountIdentity(actor: "alice")!
  static let lonelyBob = AccountIdentity(actor: "bob")!

  struct Case: Sendable {
    let policy: IdentityPolicy
    let stored: AccountIdentity
    let offered: AccountIdentity
    let isAccepted: Bool
  }

  static let cases: [Case] = [
    Case(policy: .sameActor, stored: alice, offered: alice, isAccepted: true),
    Case(policy: .sameActor, stored: alice, offered: bob, isAccepted: false),
    Case(policy: .sameActor, stored: alice, offered: carol, isAccepted: false),
    Case(policy: .sameActor, stored: alice, offered: namesake, isAccepted: false),
    Case(policy: .sameActor, stored: alice, offered: lonely, isAccepted: false),
    Case(policy: .sameActor, stored: lonely, offered: lonely, isAccepted: true),
    Case(policy: .sameTenant, stored: alice, offered: alice, isAccepted: true),
    Case(policy: .sameTenant, stored: alice, offered: bob, isAccepted: true),
    Case(policy: .sameTenant, stored: alice, offered: carol, isAccepted: false),
    Case(policy: .sameTenant, stored: alice, offered: namesake, isAccepted: false),
    Case(policy: .sameTenant, stored: alice, offered: lonely, isAccepted: false),
    Case(policy: .sameTenant, stored: lonely, offered: lonely, isAccepted: true),
    Case(policy: .sameTenant, stored: lonely, offered: lonelyBob, isAccepted: false),
    Case(policy: .sameTenant, stored: lonely, offered: alice, isAccepted: false),
    Case(policy: .any, stored: alice, offered: carol, isAccepted: true),
    Case(policy: .any, stored: lonely, offered: carol, isAccepted: true),
  ]

  @Test(arguments: cases) func accountsAreComparedByPolicy(_ example: Case) {
    for isSigned in [true, false] {
      let check = IdentityCheck.compare(
        example.policy, stored: example.stored, offered: example.offered, isSigned: isSigned)
      #expect(check == (example.isAccepted ? .accepted : .refused(.wrongAccount)))
    }
  }

  @Test func aFirstIdentityIsTrustedOnSignedAuthorityOnly() {
    for policy in IdentityPolicy.allCases {
      #expect(IdentityCheck.compare(policy, stored: nil, offered: Self.alice, isSigned: true) == .accepted)
    }
    for policy in [IdentityPolicy.sameActor, .sameTenant] {
      #expect(
        IdentityCheck.compare(policy, stored: nil, offered: Self.alice, isSigned: false) == .refused(.identityUnknown))
    }
    #expect(IdentityCheck.compare(.any, stored: nil, offered: Self.alice, isSigned: false) == .accepted)
  }

  @Test func aKnownAccountMustBeProven() {
    for isSigned in [true, false] {
      for policy in [IdentityPolicy.sameActor, .sameTenant] {
        #expect(
          IdentityCheck.compare(policy, stored: Self.alice, offered: nil, isSigned: isSigned) == .refused(.probeFailed))
      }
      #expect(IdentityCheck.compare(.any, stored: Self.alice, offered: nil, isSigned: isSigned) == .accepted)
    }
  }
}
