import Events
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// What a page hears that listens to an integration, and what a backend hears of its workspace.
struct IntegrationStreamTests {
  @Test func hearsFromNowOn() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let stream = try world.assembly.events.stream(integration: id, after: nil)
      async let heard = first(2, of: stream) { $0.word != nil }
      _ = try await world.renew(id, as: "carol")
      _ = try await world.renew(id)
      _ = try await world.assembly.integrations.apply(
        .disconnected, to: id, workspace: world.workspace, by: .commandLine)
      let events = try await heard
      // Somebody else's failed attempt is nobody's business.
      #expect(events.map(\.word) == ["RENEWED", "REVOKED"])
      #expect(events.allSatisfy { $0.code == nil && $0.message == nil })
    }
  }

  @Test func hearsWhatHasBeenIfItAsks() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let stream = try world.assembly.events.stream(integration: id, after: 0)
      #expect(try await first(2, of: stream) { $0.word != nil }.map(\.word) == ["READY", "IMPORT_DONE"])
    }
  }

  @Test func hearsItsOwnIntegrationOnly() async throws {
    try await World.run { world in
      let (one, two) = (try await world.connect(), try await world.connect(customer: "another"))
      let stream = try world.assembly.events.stream(integration: one, after: nil)
      async let heard = first(1, of: stream)
      for id in [two, one] {
        _ = try await world.assembly.integrations.apply(
          .suspended, to: id, workspace: world.workspace, by: .commandLine)
      }
      #expect(try await heard.map(\.integration) == [one])
    }
  }

  @Test func troubleAndItsEndHaveWords() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let stream = try world.assembly.events.stream(integration: id, after: nil)
      async let heard = first(3, of: stream)
      try await world.provider.turn(#"{"fail_token": 500, "count": 1}"#)
      for _ in 1...2 {
        try world.advanceToRefresh(id)
        _ = try await world.refresh(id)
      }
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      _ = try await world.refresh(id)
      #expect(try await heard.map(\.word) == ["DEGRADED", "RECOVERED", "NEEDS_REAUTHORIZATION"])
    }
  }

  @Test func aWorkspaceHearsAllOfItsOwnInOrder() async throws {
    try await World.run { world in
      let other = UUID()
      try await world.assembly.workspaces.create(id: other, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: other)
      try await world.addConnector("sandbox", workspace: other)
      let stream = world.assembly.events.stream(workspace: world.workspace, after: 0)
      async let heard = first(6, of: stream)
      let one = try await world.connect()
      _ = try await world.begin(adding: ["workspace_id": other.text], by: .other)
      let two = try await world.connect(customer: "another")
      let events = try await heard
      #expect(events.map(\.integration) == [one, one, one, two, two, two])
      #expect(events.map(\.type) == [.pending, .ready, .importDone, .pending, .ready, .importDone])
      #expect(events.map(\.integrationSequence) == [1, 2, 3, 1, 2, 3])
      let sequences = events.compactMap(\.sequence)
      #expect(sequences == sequences.sorted() && Set(sequences).count == 6)
      let page = try world.assembly.events.page(workspace: world.workspace, after: sequences[3], limit: 1)
      #expect(page.map(\.sequence) == [sequences[4]])
    }
  }

  @Test func aListenersTokenNamesOneIntegrationForADay() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let token = world.assembly.listenerToken.make(id)
      #expect(world.assembly.listenerToken.integration(in: token) == id)
      #expect(world.assembly.renewLink.integration(in: token) == nil)
      world.time.advance(.seconds(24 * 3600))
      #expect(world.assembly.listenerToken.integration(in: token) == nil)
    }
  }
}
