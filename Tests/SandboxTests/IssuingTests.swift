import Foundation
import Testing

@testable import Sandbox

@Suite("Codes and tokens")
struct IssuingTests {
  @Test("a code becomes tokens that say who and what for")
  func exchange() throws {
    var fixture = Fixture()
    let tokens = try fixture.connect(as: .carol)
    #expect(fixture.account(tokens) == .carol)
    #expect(tokens.scope == "read write")
    #expect(tokens.expiresIn == .number(60))
    #expect(tokens.refreshToken != nil)
  }

  @Test("a code used twice revokes what the first use gave")
  func codeReuse() throws {
    var fixture = Fixture()
    let code = try fixture.authorize()
    let tokens = try fixture.redeem(code)
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem(code) } == "invalid_grant")
    #expect(fixture.account(tokens) == nil)
    #expect(fixture.ledger.statistics.codesReused == 1)
    #expect(fixture.ledger.statistics.familiesRevoked == 1)
  }

  @Test("a code lives for less than 60 seconds")
  func codeLifetime() throws {
    var fixture = Fixture()
    let code = try fixture.authorize()
    fixture.now += 60
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem(code) } == "invalid_grant")
  }

  @Test("another address, another verifier and an unknown code are refused and use nothing up")
  func mismatches() throws {
    var fixture = Fixture()
    let code = try fixture.authorize()
    let other = Fixture.redirectURI + "/"
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem(code, redirectURI: other) } == "invalid_grant")
    let guess = String(repeating: "w", count: 43)
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem(code, verifier: guess) } == "invalid_grant")
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem("nothing") } == "invalid_grant")
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.redeem(code) } == nil)
  }

  @Test("an access token lives as long as the switch says, and until it is expired by hand")
  func accessLifetime() throws {
    var fixture = Fixture()
    let tokens = try fixture.connect()
    fixture.now += 59
    #expect(fixture.account(tokens) == .alice)
    fixture.now += 1
    #expect(fixture.account(tokens) == nil)
    let next = try fixture.refresh(tokens.refreshToken)
    #expect(fixture.ledger.expire(.account(name: "alice"), now: fixture.now) == 1)
    #expect(fixture.account(next) == nil)
    let last = try fixture.refresh(next.refreshToken)
    #expect(fixture.account(last) == .alice)
  }

  @Test("each refresh rotates; use of a dead token ends the family")
  func rotationAndReuse() throws {
    var fixture = Fixture()
    let first = try fixture.connect()
    let second = try fixture.refresh(first.refreshToken)
    #expect(second.refreshToken != first.refreshToken)
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.refresh(first.refreshToken) } == "invalid_grant")
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.refresh(second.refreshToken) } == "invalid_grant")
    #expect(fixture.account(second) == nil)
    #expect(fixture.ledger.statistics.refreshesOfDeadTokens == 1)
    #expect(fixture.ledger.statistics.familiesRevoked == 1)
  }

  @Test("within the grace window a dead token works again, and so does its successor")
  func grace() throws {
    var fixture = Fixture()
    fixture.ledger.switches.graceWindow = 30
    let first = try fixture.connect()
    let second = try fixture.refresh(first.refreshToken)
    fixture.now += 30
    _ = try fixture.refresh(first.refreshToken)
    _ = try fixture.refresh(second.refreshToken)
    #expect(fixture.ledger.statistics.refreshesInGrace == 1)
    fixture.now += 0.5
    #expect(fixture.refusal { f throws(TokenRefusal) in try f.refresh(first.refreshToken) } == "invalid_grant")
  }

  @Test("a refresh may ask for fewer scopes, not for more")
  func scopes() throws {
    var fixture = Fixture()
    let first = try fixture.connect()
    let wider = fixture.refusal { f throws(TokenRefusal) in try f.refresh(first.refreshToken, scopes: ["admin"]) }
    #expect(wider == "invalid_scope")
    #expect(try fixture.refresh(first.refreshToken, scopes: ["read"]).scope == "read")
  }

  @Test("revocation ends the grant it names and no other")
  func revocation() throws {
    var fixture = Fixture()
    let (alice, bob) = (try fixture.connect(as: .alice), try fixture.connect(as: .bob))
    fixture.ledger.revoke(token: try #require(alice.refreshToken))
    fixture.ledger.revoke(token: "unknown")
    #expect(fixture.account(alice) == nil)
    #expect(fixture.account(bob) == .bob)
    #expect(fixture.ledger.statistics.revocations == 1)
    #expect(fixture.ledger.statistics.familiesRevoked == 0)
  }

  @Test("a reset forgets grants, keeps what is in flight, and never reuses a grant's number")
  func reset() throws {
    var fixture = Fixture()
    let tokens = try fixture.connect()
    fixture.ledger.reset()
    #expect(fixture.account(tokens) == nil)
    #expect(fixture.ledger.statistics.requestsInFlight == 1)
    _ = try fixture.connect()
    #expect(fixture.ledger.grantsInOrder.map(\.id) == ["grant-2"])
  }
}
