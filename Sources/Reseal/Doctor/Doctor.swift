import Catalogue
import Custody
import Foundation
import Renewal
import Storage

/// Looks at the whole vault and says what is not as it should be. Changes nothing, sends nothing.
package struct Doctor: Sendable {
  /// A quick look at every page of a larger file would take too long.
  static let quickLook = 256 << 20
  static let day: Int64 = 86_400_000

  let custodian: Custodian
  let catalogue: ProviderCatalogue
  let surroundings: Surroundings
  let spool: SpoolReport

  package func findings() throws -> [Finding] {
    let (now, boot) = (custodian.clocks.now(), custodian.clocks.boot())
    let slots = try custodian.rootSlots()
    let seen = try custodian.view { view in
      try [engine(view), clock(view, now)] + keys(view) + care(view, slots, now) + connectors(view)
        + refreshes(view, now, boot) + integrations(view, now)
    }
    return try surroundings.files(spool) + ProcessChecks.all() + [Self.ways(slots)] + compromises() + seen
  }

  private func engine(_ view: CustodyView) throws -> Finding {
    let size = (try? FileManager.default.attributesOfItem(atPath: surroundings.database)[.size] as? Int) ?? 0
    let engine = try view.unauthenticated.engine(looking: size <= Self.quickLook)
    guard engine.journal == "wal" else {
      return .fail("database", "its journal is \(engine.journal), not wal", "restore from a backup: somebody has rebuilt the file")
    }
    if let damage = engine.damage, damage != "ok" {
      return .fail("database", "SQLite finds damage: \(damage.prefix(200))", "stop, copy the files, and restore from a backup")
    }
    let looked = engine.damage == nil ? "too large for a quick look (\(size >> 20) MiB)" : "no damage in a quick look"
    return .ok("database", "\(looked); SQLite \(engine.version); reseal verify proves every row")
  }

  /// Time in the log only goes on; where it does not, the clock has been set back.
  private func clock(_ view: CustodyView, _ now: Instant) throws -> Finding {
    if try custodian.doubtsClock(in: view) {
      return .fail(
        "clock", "it has jumped against the time since the machine started", "set the clock; docs/integrations.md says what rests meanwhile")
    }
    guard let last = try view.unauthenticated.auditHead(), last.at > now + .seconds(60) else {
      return .ok("clock", "it is not behind the audit log")
    }
    return .fail("clock", "it says \(now.text), and the audit log has an entry of \(last.at.text)", "set the clock; tokens look younger than they are")
  }

  private static func ways(_ slots: [RootSlot]) -> Finding {
    slots.count > 1
      ? .ok("root slots", "\(slots.count) ways lead to the root key")
      : .warn("root slots", "one way only leads to the root key", "reseal root add-slot, and reseal root drill")
  }
}

extension Assembly {
  package func doctor(_ surroundings: Surroundings) -> Doctor {
    Doctor(custodian: custodian, catalogue: catalogue, surroundings: surroundings, spool: refresher.spooled)
  }
}
