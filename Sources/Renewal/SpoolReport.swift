import Foundation
import Storage

/// What waits in the spool: replies that the database has not taken yet, of processes that live and of dead ones.
package struct SpoolReport: Sendable, Equatable {
  /// Since when the reply to which use has waited.
  package struct Waiting: Sendable, Hashable {
    package let integration: UUID
    let fence: Int64
    package let since: Instant
  }

  package private(set) var replies: Set<Waiting> = []
  /// Files that are no replies of this vault, or not whole: nobody will store them.
  package private(set) var strangers = 0

  /// - Parameter tag: the vault's; `nil` where it is locked: then whatever looks like a reply counts as one.
  init(_ contents: [[UInt8]], tag: (([UInt8]) -> [UInt8])?) {
    for bytes in contents {
      guard let reply = tag.map({ SpooledReply(bytes, tag: $0) }) ?? SpooledReply(unproven: bytes) else {
        strangers += 1
        continue
      }
      replies.insert(
        Waiting(integration: reply.attempt.integration, fence: reply.attempt.fence, since: reply.sealed.createdAt))
    }
  }

  /// As it looks from outside.
  package init(beside database: String) { self.init(SpoolFolder(beside: database).contents(), tag: nil) }

  package var oldest: Instant? { replies.map(\.since).min() }

  /// All that waited at either time.
  package func joined(_ other: SpoolReport) -> SpoolReport {
    var both = self
    both.replies.formUnion(other.replies)
    both.strangers = max(strangers, other.strangers)
    return both
  }
}

/// The same for people.
extension SpoolReport {
  package var summary: String {
    let waiting =
      oldest.map { "\(replies.count) \(replies.count == 1 ? "reply waits" : "replies wait") for the database, the oldest since \($0.text)" }
      ?? "no reply waits for the database"
    return strangers == 0 ? waiting : "\(waiting); \(strangers) of its files are no replies of this vault"
  }

  /// What to do; `nil` where nothing is.
  package var remedy: String? {
    if !replies.isEmpty {
      return "make room on the disk and keep the folder DATABASE.spool: it may hold the only living tokens."
        + " Whoever wrote them stores them, or the next command does; the log says what hinders it."
        + " One that answers nothing this vault knows, as the log then says, may be moved away"
    }
    return strangers > 0 ? "look at the files in DATABASE.spool and move away what is not yours" : nil
  }
}

extension SpoolReport: Encodable {
  private enum CodingKeys: String, CodingKey { case replies, oldest, strangers }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(replies.count, forKey: .replies)
    try fields.encodeIfPresent(oldest?.text, forKey: .oldest)
    try fields.encode(strangers, forKey: .strangers)
  }
}
