import Custody
import Events
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// What a page hears that made an attempt.
struct AttemptStreamTests {
  private static let isWord: @Sendable (ListenedEvent) -> Bool = { $0.word != nil }

  @Test func hearsItsAttemptAsItHappens() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      let stream = try world.assembly.events.stream(listener: begun.listener, after: 0)
      async let heard = first(2, of: stream, where: Self.isWord)
      #expect(try await Browser(world).finish(begun).failure == nil)
      let events = try await heard
      #expect(events.map(\.word) == ["READY", "IMPORT_DONE"])
      #expect(events.allSatisfy { $0.integration == begun.integration && $0.code == nil && $0.message == nil })
    }
  }

  @Test func whoComesLateHearsWhatHasBeen() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      _ = try await Browser(world).finish(begun)
      let stream = try world.assembly.events.stream(listener: begun.listener, after: 0)
      let heard = try await first(2, of: stream, where: Self.isWord)
      #expect(heard.map(\.word) == ["READY", "IMPORT_DONE"])
      let rest = try world.assembly.events.stream(listener: begun.listener, after: heard[0].position)
      #expect(try await first(1, of: rest, where: Self.isWord).map(\.word) == ["IMPORT_DONE"])
    }
  }

  @Test func hearsLaterEventsToo() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      _ = try await Browser(world).finish(begun)
      let stream = try world.assembly.events.stream(listener: begun.listener, after: 0)
      async let heard = first(4, of: stream, where: Self.isWord)
      for event in [IntegrationEvent.suspended, .resumed] {
        _ = try await world.assembly.integrations.apply(
          event, to: begun.integration, workspace: world.workspace, by: .commandLine)
      }
      #expect(try await heard.map(\.word) == ["READY", "IMPORT_DONE", "SUSPENDED", "RESUMED"])
    }
  }

  @Test func anErrorIsHeardByItsOwnPageOnly() async throws {
    try await World.run { world in
      let first = try await world.begin()
      _ = try await Browser(world).finish(first)
      let second = try await world.begin(renewing: first.integration)
      _ = try await Browser(world).finish(second, allow: false)
      _ = try await world.assembly.integrations.apply(
        .suspended, to: first.integration, workspace: world.workspace, by: .commandLine)
      let own = try world.assembly.events.stream(listener: second.listener, after: 0)
      let heard = try await TestKit.first(2, of: own, where: Self.isWord)
      #expect(heard.map(\.word) == ["error", "SUSPENDED"])
      #expect(heard[0].code == "consent_denied" && heard[0].message == AttemptFailure.consentDenied.message)
      let others = try world.assembly.events.stream(listener: first.listener, after: 0)
      #expect(
        try await TestKit.first(3, of: others, where: Self.isWord).map(\.word) == ["READY", "IMPORT_DONE", "SUSPENDED"])
    }
  }

  @Test func aRenewalIsReadyForItsPage() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id)
      _ = try await Browser(world).finish(begun)
      let stream = try world.assembly.events.stream(listener: begun.listener, after: 0)
      #expect(try await first(1, of: stream, where: Self.isWord).map(\.word) == ["READY"])
    }
  }

  @Test func endsTenMinutesAfterTheAttempt() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      _ = try await Browser(world).finish(begun)
      world.time.advance(.seconds(600))
      let last = try world.assembly.events.stream(listener: begun.listener, after: 0)
      #expect(try await first(2, of: last, where: Self.isWord).count == 2)
      let living = try world.assembly.events.stream(listener: begun.listener, after: 0)
      #expect(living != nil)
      async let heard = all(of: living)
      world.time.advance(.milliseconds(1))
      _ = try await world.begin(customer: "somebody")
      #expect(try await heard.count <= 3)
      let late = try world.assembly.events.stream(listener: begun.listener, after: 0)
      #expect(late == nil)
    }
  }

  @Test func anInventedListenerHearsNothing() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      for listener in ["", "00", begun.integration.text, String(begun.listener.dropLast()) + "x"] {
        #expect(throws: CustodyError.notFound) {
          _ = try world.assembly.events.stream(listener: listener, after: 0)
        }
      }
    }
  }
}
