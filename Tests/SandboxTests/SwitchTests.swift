import Foundation
import Testing

@testable import Sandbox

@Suite("Switches")
struct SwitchTests {
  private let defaults = Switches(accessTokenLifetime: 60)

  private func patched(_ json: String, _ current: Switches? = nil) throws -> Switches {
    let values = try JSONDecoder().decode([String: SwitchValue].self, from: Data(json.utf8))
    return try SwitchPatch(values: values).applied(to: current ?? defaults, defaults: defaults)
  }

  @Test("a patch changes what it names; null returns a switch to its default")
  func merge() throws {
    let changed = try patched(#"{"access_token_lifetime":5,"lose_reply":true,"wrong_account":"carol"}"#)
    #expect(changed.accessTokenLifetime == 5)
    #expect(changed.loseReply)
    #expect(changed.wrongAccount == "carol")
    #expect(try patched(#"{"access_token_lifetime":null,"lose_reply":false,"wrong_account":""}"#, changed) == defaults)
  }

  @Test(
    "unknown names, other types and values out of range refuse the whole patch",
    arguments: [
      #"{"html":true}"#, #"{"html_body":1}"#, #"{"fail_token":200}"#, #"{"fail_token":"500"}"#,
      #"{"wrong_account":"dave"}"#, #"{"access_token_lifetime":0}"#, #"{"slow_token_ms":-1}"#,
    ])
  func refusals(json: String) {
    #expect(throws: SwitchPatch.Refusal.self) { try patched(json) }
  }

  @Test("every switch shows under its name and survives the page's form")
  func form() throws {
    let changed = try patched(#"{"grace_window":9,"html_body":true,"scope_limit":"read","wrong_account":"bob"}"#)
    #expect(changed.values.count == Switch.all.count)
    let form = FormFields(
      parsing: """
        access_token_lifetime=60&grace_window=9&html_body=on&scope_limit=read&wrong_account=bob&require_pkce=on\
        &reuse_revokes=on
        """)
    #expect(try SwitchPatch(form: form).applied(to: defaults, defaults: defaults) == changed)
  }

  @Test("the count ends faults and leaves settings")
  func count() throws {
    var fixture = Fixture()
    fixture.ledger.switches = try patched(#"{"fail_token":503,"count":2,"grace_window":7}"#)
    #expect(fixture.ledger.beginTokenRequest().failToken == 503)
    #expect(fixture.ledger.beginTokenRequest().failToken == 503)
    #expect(fixture.ledger.beginTokenRequest().failToken == 0)
    #expect(fixture.ledger.switches.graceWindow == 7)
  }

  @Test("the count is not spent by requests without a fault, and is by a failing whoami")
  func countOfWhoami() throws {
    var fixture = Fixture()
    fixture.ledger.switches = try patched(#"{"fail_whoami":500,"count":1}"#)
    _ = fixture.ledger.beginTokenRequest()
    #expect(fixture.ledger.beginWhoami() == 500)
    #expect(fixture.ledger.beginWhoami() == nil)
  }

  @Test("wrong_account signs in as somebody else; scope_limit grants less")
  func settings() throws {
    var fixture = Fixture()
    fixture.ledger.switches = try patched(#"{"wrong_account":"carol","scope_limit":"read admin"}"#)
    let tokens = try fixture.connect(as: .alice)
    #expect(fixture.account(tokens) == .carol)
    #expect(tokens.scope == "read")
  }

  @Test("omit_refresh_token: none at first, and a refresh that does not rotate")
  func omitted() throws {
    var fixture = Fixture()
    let first = try fixture.connect()
    fixture.ledger.switches.omitRefreshToken = true
    #expect(try fixture.connect().refreshToken == nil)
    #expect(try fixture.refresh(first.refreshToken).refreshToken == nil)
    fixture.ledger.switches.omitRefreshToken = false
    #expect(try fixture.refresh(first.refreshToken).refreshToken != nil)
  }
}
