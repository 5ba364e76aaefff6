import Foundation
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Credentials that companies bring along: what they may lack, and how long they are believed.
struct BroughtCredentialTests {
  /// The tokens that a customer's grant has brought, as a company that ran its own OAuth would have them.
  private func grant(_ world: World) async throws -> (access: String, refresh: String) {
    let id = try await world.connect()
    return (try #require(try await world.field("access_token", of: id)), try #require(try await world.field("refresh_token", of: id)))
  }

  @Test(arguments: [[:], ["access_token": ""]])
  func aRefreshTokenAloneIsRefreshedBeforeItServes(_ also: [String: String]) async throws {
    try await World.run { world in
      let refresh = try await grant(world).refresh
      let id = try await world.put(also.merging(["refresh_token": refresh]) { first, _ in first }, customer: "other")
      let row = try #require(try world.credentials(id).first)
      #expect(row.expiresAt == world.time.now && row.refreshable && row.lifetime == nil)
      #expect(try world.schedule(id)?.refreshAt == world.time.now)
      guard case .token(let token, version: 2) = try await world.serve(id) else {
        Issue.record("it was not refreshed before it served")
        return
      }
      #expect(!token.isEmpty)
    }
  }

  @Test func theSchedulerDoesItToo() async throws {
    try await World.run { world in
      let refresh = try await grant(world).refresh
      let id = try await world.put(["refresh_token": refresh], customer: "other")
      #expect(try await world.assembly.due.run(concurrency: 1).refreshed == 1)
      #expect(try world.head(id).currentVersion == 2)
    }
  }

  @Test(arguments: [
    ([:], CredentialKind.oauth2, CredentialRefusal.noToken), (["access_token": ""], .oauth2, .noToken),
    (["access_token": "", "refresh_token": ""], .oauth2, .noToken), (["token": "a"], .oauth2, .noToken),
    (["access_token": "a\nb"], .oauth2, .controlCharacter("access_token")),
    (["access_token": "a", "refresh_token": "\u{7F}"], .oauth2, .controlCharacter("refresh_token")),
    (["api_key": "key\r\nX: 1"], .apiKey, .controlCharacter("api_key")), (["api_key": ""], .apiKey, .empty("api_key")),
    (["username": "u", "password": "\t"], .basic, .controlCharacter("password")),
    (["version": "1"], .apiKey, .fieldName),
  ] as [([String: String], CredentialKind, CredentialRefusal)])
  func whatCouldServeNobodyIsRefused(
    _ fields: [String: String], _ kind: CredentialKind, _ refusal: CredentialRefusal
  ) async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "before"])
      let before = try world.snapshot(id)
      await #expect(throws: refusal) { try await world.put(fields, kind: kind, integration: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test func keysThatAreFilesAndPasswordsThatAreEmptyAreTaken() async throws {
    try await World.run { world in
      let file = try await world.put(["private_key": "-----BEGIN\nEND-----\n"], kind: .apiKey)
      #expect(try await world.field("private_key", of: file) == "-----BEGIN\nEND-----\n")
      let basic = try await world.put(["username": "key", "password": ""], kind: .basic)
      #expect(try await world.field("password", of: basic) == "")
    }
  }

  @Test func aRefreshTokensCompanionLivesAsLongAsTheProviderSays() async throws {
    try await World.run { world in
      let (access, refresh) = try await grant(world)
      let id = try await world.put(["access_token": access, "refresh_token": refresh], customer: "other")
      #expect(try world.credentials(id).first?.expiresAt == world.time.now + .seconds(60))
      #expect(try await world.serve(id).version == 1)
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id).version == 2)
    }
  }

  /// A guess must not end in a customer who is asked to come back.
  @Test func withoutARefreshTokenNothingIsGuessed() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"])
      #expect(try world.credentials(id).first?.expiresAt == nil && world.schedule(id)?.refreshAt == nil)
    }
  }

  @Test(arguments: [(1800, 1800), (-30, -30), (3600 * 24 * 365 * 20, 60)])
  func aTokenThatNamesItsEndIsBelieved(_ left: Int, _ expected: Int) async throws {
    try await World.run { world in
      let end = Int(world.time.date.timeIntervalSince1970) + left
      let claims = Base64URL.encode(Array(#"{"iat": \#(end - 3600), "exp": \#(end)}"#.utf8))
      let id = try await world.put(["access_token": "e30.\(claims).c2ln", "refresh_token": "r"])
      let expiresAt = try #require(try world.credentials(id).first?.expiresAt)
      #expect(abs((expiresAt - world.time.now - .seconds(expected)).milliseconds) <= 1000)
      // What has run out is due at once.
      if left < 0 { #expect(try world.schedule(id)?.refreshAt == world.time.now) }
    }
  }
}
