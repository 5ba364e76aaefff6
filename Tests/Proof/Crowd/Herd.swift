import Custody
import FamilyProvider
import Foundation
import Renewal
import Reseal
import Storage

/// Everything is due in the same second: the provider sees its rate and no more, every token is fresh in the end, and
/// whoever asks meanwhile gets one that the provider takes.
struct Herd: Encodable, Report {
  var integrations = 0
  var rate = 0
  var requests = 0
  var peak = 0
  var seconds = 0.0
  var fetches = 0
  var stale = 0
  var unanswered = 0
  var notFresh = 0
  var revoked = 0
  var wrong: [String] = []

  static func run(_ count: Int, rate: Int) async throws -> Herd {
    let venue = try await Venue(rate: rate)
    defer { venue.end() }
    var herd = Herd(integrations: count, rate: rate)
    let engines = [try await venue.open(), try await venue.open()]
    let guests = try await venue.admit(count, expiresAt: Instant(Date()) + .seconds(1800), by: engines[0])
    try await venue.makeDue(guests)
    venue.meter.restart()
    let readers = Task { try await fetching(guests, venue, engines[1]) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for engine in engines {
        group.addTask {
          while try engine.due.nextDue().map({ $0 <= engine.now }) ?? false { _ = try await engine.due.run(concurrency: 8) }
        }
      }
      try await group.waitForAll()
    }
    readers.cancel()
    (herd.fetches, herd.stale, herd.unanswered) = try await readers.value
    try herd.judge(venue, guests, engines[0])
    for engine in engines { await engine.shutdown() }
    return herd
  }

  /// Reads all the while, and asks the provider whether it takes what was served.
  private static func fetching(_ guests: [Guest], _ venue: Venue, _ engine: Assembly) async throws -> (Int, Int, Int) {
    var (fetches, stale, unanswered) = (0, 0, 0)
    while !Task.isCancelled {
      let guest = guests[Int.random(in: guests.indices)]
      switch try await engine.supply.credential(
        of: guest.integration, workspace: venue.workspace, validFor: .seconds(60), by: .library)
      {
      case .unavailable: unanswered += 1
      case .credential(let opened):
        let text = opened.fields.withField("access_token") { String(decoding: $0, as: UTF8.self) } ?? ""
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let lives = Token(text).map { venue.provider.family($0.family)?.accessTokenLives($0.number, at: now) ?? false }
        if lives != true { stale += 1 }
      }
      fetches += 1
      try? await Task.sleep(for: .milliseconds(5))
    }
    return (fetches, stale, unanswered)
  }

  private mutating func judge(_ venue: Venue, _ guests: [Guest], _ engine: Assembly) throws {
    let (most, took) = venue.meter.peak
    (requests, peak, seconds) = (venue.meter.requests, most, Double(took) / 1000)
    notFresh = try guests.count { guest in
      let head = try engine.directory.entry(guest.integration, workspace: venue.workspace).integration
      return head.lifecycle != .ready || head.currentVersion != 2
    }
    revoked = venue.provider.all.count { $0.isRevoked }
    if requests != integrations { wrong.append("\(requests) requests for \(integrations) integrations") }
    // A bucket is a tenth of a second deep.
    if Double(peak) > Double(rate) * 1.1 + 1 { wrong.append("\(peak) requests within one second") }
    if notFresh > 0 { wrong.append("\(notFresh) are not fresh") }
    if stale > 0 { wrong.append("\(stale) were served stale") }
    if unanswered > 0 { wrong.append("\(unanswered) were not served") }
    if revoked > 0 { wrong.append("\(revoked) families were revoked") }
  }
}
