import Foundation
import Testing

@testable import Sandbox

@Suite("Settings")
struct SettingTests {
  @Test("class N: no new refresh token, and the old one goes on")
  func classN() throws {
    var fixture = Fixture()
    fixture.ledger.switches.refreshClass = "N"
    let first = try fixture.connect()
    for _ in 1...3 { #expect(try fixture.refresh(first.refreshToken).refreshToken == nil) }
    #expect(fixture.ledger.statistics.refreshes == 3)
  }

  @Test("class S: a new one each time, and all stay good")
  func classS() throws {
    var fixture = Fixture()
    fixture.ledger.switches.refreshClass = "S"
    let first = try fixture.connect()
    let second = try fixture.refresh(first.refreshToken)
    #expect(second.refreshToken != nil && second.refreshToken != first.refreshToken)
    #expect(try fixture.refresh(first.refreshToken).refreshToken != nil)
    #expect(try fixture.refresh(second.refreshToken).refreshToken != nil)
    #expect(fixture.ledger.statistics.refreshesOfDeadTokens == 0)
  }

  @Test("reuse may be refused without ending the family")
  func reuse() throws {
    var fixture = Fixture()
    fixture.ledger.switches.reuseRevokes = false
    let first = try fixture.connect()
    let second = try fixture.refresh(first.refreshToken)
    #expect(fixture.refusal { (f) throws(TokenRefusal) in try f.refresh(first.refreshToken) } == "invalid_grant")
    #expect(try fixture.refresh(second.refreshToken).refreshToken != nil)
    #expect(fixture.ledger.statistics.familiesRevoked == 0)
  }

  @Test("an idle refresh token dies; each refresh begins its time anew, for class N too", arguments: ["N", "X"])
  func idle(refreshClass: String) throws {
    var fixture = Fixture()
    fixture.ledger.switches.refreshIdleLifetime = 100
    fixture.ledger.switches.refreshClass = refreshClass
    var token = try fixture.connect().refreshToken
    for _ in 1...3 {
      fixture.now += 99
      token = try fixture.refresh(token).refreshToken ?? token
    }
    fixture.now += 100
    #expect(fixture.refusal { (f) throws(TokenRefusal) in try f.refresh(token) } == "invalid_grant")
    #expect(fixture.ledger.statistics.refreshesAfterEnd == 1)
    #expect(fixture.ledger.statistics.familiesRevoked == 0)
  }

  @Test("a grant has an end, whatever is refreshed")
  func absolute() throws {
    var fixture = Fixture()
    fixture.ledger.switches.refreshLifetime = 100
    var token = try fixture.connect().refreshToken
    fixture.now += 99
    token = try fixture.refresh(token).refreshToken
    fixture.now += 1
    #expect(fixture.refusal { (f) throws(TokenRefusal) in try f.refresh(token) } == "invalid_grant")
  }

  @Test("the lifetime as a number, as a text, or untold", arguments: [("number", "60"), ("string", "\"60\""), ("none", nil)])
  func lifetime(word: String, written: String?) throws {
    var fixture = Fixture()
    fixture.ledger.switches.expiresIn = word
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let json = String(decoding: try encoder.encode(try fixture.connect()), as: UTF8.self)
    #expect(json.contains("\"expires_in\":") == (written != nil))
    if let written { #expect(json.contains("\"expires_in\":\(written)")) }
  }

  @Test("without a challenge only where that is allowed, and then without a verifier")
  func challenge() throws {
    let bare = Fixture.fields(["code_challenge": nil, "code_challenge_method": nil])
    #expect(throws: AuthorizationRequest.Refusal.self) { try AuthorizationRequest(bare, client: Fixture.client) }
    let request = try AuthorizationRequest(bare, client: Fixture.client, requiresChallenge: false)
    var fixture = Fixture()
    let code = fixture.ledger.authorize(request, as: .alice, now: fixture.now)
    #expect(fixture.refusal { (f) throws(TokenRefusal) in try f.redeem(code) } == "invalid_grant")
    let tokens = try fixture.ledger.redeem(
      code: code, redirectURI: Fixture.redirectURI, verifier: nil, faults: fixture.ledger.switches, now: fixture.now)
    #expect(tokens.refreshToken != nil)
  }

  @Test("the same seed makes the same tokens, and none twice")
  func seed() throws {
    func tokens(_ seed: UInt64) throws -> [String?] {
      var fixture = Fixture()
      fixture.ledger = Ledger(defaults: Switches(accessTokenLifetime: 60), seed: seed)
      let first = try fixture.connect()
      fixture.ledger.reset()
      return [first.accessToken, first.refreshToken, try fixture.connect().accessToken]
    }
    #expect(try tokens(7) == tokens(7))
    #expect(try tokens(7) != tokens(8))
    #expect(Set(try tokens(7)).count == 3)
  }

  @Test("faults go off at the last of their count, settings stay")
  func count() {
    var switches = Switches(accessTokenLifetime: 60)
    (switches.refreshClass, switches.tokenError, switches.cutBody, switches.count) = ("S", "odd", true, 1)
    #expect(switches.touchesTokenRequests)
    switches.spendOne()
    #expect(!switches.touchesTokenRequests)
    #expect(switches.refreshClass == "S" && switches.tokenError.isEmpty && !switches.cutBody)
  }
}
