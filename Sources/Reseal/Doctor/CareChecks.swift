import Custody
import Foundation
import Storage

/// What people have to do now and then, and when they did it last. The audit log tells; nobody has followed it here.
extension Doctor {
  private static let (backupDays, drillDays, connectDays) = (7, 180, 30)
  /// Where counting ends.
  private static let most = 10_000

  func care(_ view: CustodyView, _ slots: [RootSlot], _ now: Instant) throws -> [Finding] {
    let log = view.unauthenticated
    return [
      Self.backup(try log.auditEntries(of: .backup, limit: 1).first, now),
      Self.drill(try log.auditEntries(of: .drill, limit: Self.most), slots, now),
      Self.endlessSecrets(try log.auditEntries(of: .endlessSecret, limit: Self.most), now),
    ]
  }

  private static func backup(_ last: AuditRow?, _ now: Instant) -> Finding {
    let remedy = "reseal backup create --out FOLDER, every night (docs/operation.md)"
    guard let last else { return .warn("backup", "the audit log tells of none", remedy) }
    let days = days(since: last.at, now)
    let message = "the last was made \(days) days ago, at \(last.at.text)"
    return days >= backupDays ? .warn("backup", message, remedy) : .ok("backup", message)
  }

  /// The slot that has opened this vault was tried just now.
  private static func drill(_ drills: [AuditRow], _ slots: [RootSlot], _ now: Instant) -> Finding {
    let untried = slots.filter { !$0.isOpened }.compactMap { slot -> String? in
      let last = drills.first { $0.subject == "slot/\(slot.name)" && $0.at >= slot.createdAt }
      guard let last else { return "\(slot.name) never was" }
      let days = days(since: last.at, now)
      return days < drillDays ? nil : "\(slot.name) was \(days) days ago"
    }
    guard !untried.isEmpty else { return .ok("drill", "every way to the root key was tried within \(drillDays) days") }
    return .warn(
      "drill", "ways to the root key that have to be tried: \(untried.joined(separator: ", "))",
      "reseal root drill --source SOURCE, such as recovery:FILE: a key that nobody has tried may open nothing")
  }

  private static func endlessSecrets(_ uses: [AuditRow], _ now: Instant) -> Finding {
    let recent = uses.filter { days(since: $0.at, now) < connectDays }
    guard !recent.isEmpty else { return .ok("connect secrets", "none without an end within \(connectDays) days") }
    let count = recent.count < most ? "\(recent.count)" : "\(most) or more"
    let workspaces = Set(recent.compactMap { $0.workspace?.text }).sorted().prefix(10).joined(separator: ", ")
    return .warn(
      "connect secrets", "\(count) connects within \(connectDays) days with secrets that never expire, of \(workspaces)",
      "set exp, some minutes ahead, where your backend signs them (docs/connect.md)")
  }

  private static func days(since then: Instant, _ now: Instant) -> Int {
    Int(max(0, now.milliseconds - then.milliseconds) / day)
  }
}
