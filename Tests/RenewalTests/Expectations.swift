import Foundation
import OAuth
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

extension World {
  /// Renewed exactly once, and nothing left over.
  func expectRenewed(_ id: UUID, version: Int64, grant: Int64, failed: Int = 0) throws {
    let head = try head(id)
    #expect(head.lifecycle == .ready && head.health == .ok && head.reasonCode == nil)
    #expect(head.currentVersion == version && head.grantNumber == grant)
    #expect(try count(.renewed, of: id) == 1 && count(.renewalFailed, of: id) == failed)
    #expect(try schedule(id)?.claimOwner == nil && schedule(id)?.refreshAt != nil)
    #expect(try leftovers() == [])
  }

  /// Exchanges the code and lands the reply as `callback` does, and goes no further.
  func landAndDie(_ begun: BegunAttempt, _ query: CallbackQuery) async throws {
    let attempts = assembly.attempts
    let row = try #require(try attempt(begun.attempt))
    let verifier = try await custodian.openSecret(
      row.pkceName, workspace: row.workspace, by: .customer, purpose: "exchange")
    let provider = try #require(assembly.catalogue.provider("sandbox"))
    let reply = try await attempts.endpoints.exchangeCode(
      provider: provider,
      client: ClientCredentials(id: "sandbox-client", secret: Secret(copying: Array("sandbox-secret".utf8))),
      code: Secret(copying: Array((query.code ?? "").utf8)), codeVerifier: consume verifier,
      redirectURI: "\(World.address)/oauth/callback")
    let sealed = try custodian.seal(
      LandedReply.encode(status: reply.status, retryAfter: reply.retryAfter, body: reply.body), name: row.landedName,
      workspace: row.workspace)
    try await custodian.amend { change in
      var row = row
      row.state = .verifying
      row.expiresAt = change.now + Attempts.takeOver
      try change.insert(sealed)
      try change.update(row)
    }
  }
}
