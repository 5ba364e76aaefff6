import Custody
import Foundation
import Logging
import Sealing
import Storage
import Synchronization

/// Where replies wait that the database could not take: in slots beside it, sealed, fsynced.
///
/// A reply of a living process is that process's to store; what dead ones left is stored by whoever looks first, before
/// the use that it answers may be taken for uncertain.
final class ReplySpool: Sendable {
  private let custodian: Custodian
  private let folder: SpoolFolder
  private let log: Logger
  private let slots = Mutex(Slots())

  private struct Slots {
    var free: [SpoolSlot] = []
    /// With a reply in them.
    var standing: [SpoolSlot] = []
    var isCollecting = false
  }

  init(custodian: Custodian, log: Logger) {
    self.custodian = custodian
    self.log = log
    folder = SpoolFolder(beside: custodian.path)
  }

  /// A slot for a reply that is about to be asked for.
  /// - Throws: where there is no room for it: then nothing must be asked for.
  func reserve() throws(StorageError) -> SpoolSlot {
    if let slot = slots.withLock({ $0.free.popLast() }) { return slot }
    return try folder.make()
  }

  /// The reply did not need it.
  func release(_ slot: SpoolSlot) { slots.withLock { $0.free.append(slot) } }

  /// Writes the reply down, durably.
  func keep(_ reply: SpooledReply, in slot: SpoolSlot) throws {
    try custodian.reach(.before, "spool.keep")
    do { try slot.fill(reply.encoded(tag: tag)) } catch {
      try? slot.clear()
      throw error
    }
    slots.withLock { $0.standing.append(slot) }
    try custodian.reach(.after, "spool.keep")
  }

  /// Whether the reply to this use lies in a slot, a living process's or a dead one's.
  func holds(_ attempt: RefreshAttemptRow) -> Bool {
    folder.contents().contains { SpooledReply.answers($0, attempt) && SpooledReply($0, tag: tag) != nil }
  }

  /// What waits, in this process's slots and in others'.
  var report: SpoolReport { SpoolReport(folder.contents(), tag: tag) }

  /// Whether replies of this process are not stored yet.
  var isStanding: Bool { slots.withLock { !$0.standing.isEmpty } }

  /// Stores what this process and dead ones have spooled. What cannot be stored yet stays where it is.
  func collect() async {
    let mine: [SpoolSlot]? = slots.withLock { slots in
      guard !slots.isCollecting else { return nil }
      slots.isCollecting = true
      return slots.standing
    }
    guard let mine else { return }
    for slot in mine where await store(slot) {
      slots.withLock { slots in
        slots.standing.removeAll { $0 === slot }
        slots.free.append(slot)
      }
    }
    for slot in folder.left() where await store(slot) { slot.remove() }
    folder.removeIfEmpty()
    slots.withLock { $0.isCollecting = false }
  }

  /// Takes the empty slots away. Replies that stand in others are found by the next process.
  func close() {
    let free = slots.withLock { slots in
      defer { slots = Slots() }
      return slots.free
    }
    for slot in free { slot.remove() }
    folder.removeIfEmpty()
  }

  private func tag(_ bytes: [UInt8]) -> [UInt8] { custodian.tag("spool", bytes) }

  /// - Returns: whether the slot is empty now. One that was not this vault's, or is not whole, stays as it is.
  private func store(_ slot: SpoolSlot) async -> Bool {
    guard let bytes = slot.content else { return false }
    if bytes.isEmpty { return true }
    guard let reply = SpooledReply(bytes, tag: tag) else {
      log.error("a file in the spool is not this vault's, and is left as it is", metadata: ["path": "\(slot.path)"])
      return false
    }
    do {
      guard try await custodian.amend({ try $0.land(reply) }) else {
        log.error("a spooled reply answers nothing that this vault knows, and is left as it is",
          metadata: ["path": "\(slot.path)"])
        return false
      }
      try slot.clear()
      return true
    } catch {
      log.critical("a spooled refresh reply cannot be stored yet",
        metadata: ["path": "\(slot.path)", "error": "\(error)"])
      return false
    }
  }
}

extension CustodyChange {
  /// Puts a spooled reply where it belongs, to be concluded at once: also where its use was taken for uncertain.
  /// - Returns: `false` where this vault has no such use. One that has ended otherwise has its reply already.
  fileprivate func land(_ reply: SpooledReply) throws -> Bool {
    guard
      var attempt = try row(
        RefreshAttemptRow.self, .uuid(reply.attempt.integration), .integer(reply.attempt.fence)),
      reply.matches(attempt)
    else { return false }
    guard attempt.state == .intent || attempt.state == .uncertain else { return true }
    (attempt.state, attempt.status, attempt.reason, attempt.endedAt) = (.landed, reply.attempt.status, nil, nil)
    try insert(reply.sealed)
    try update(attempt)
    try unauthenticatedWrites.release(reply.claim)
    if let schedule = try unauthenticated.row(ScheduleRow.self, .uuid(attempt.integration)) {
      try unauthenticatedWrites.schedule(
        attempt.integration, workspace: attempt.workspace, refreshAt: now, failures: schedule.failures)
    }
    return true
  }
}
