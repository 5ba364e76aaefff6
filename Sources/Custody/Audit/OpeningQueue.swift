import Storage
import Synchronization

/// Openings that wait for their entry: all that have gathered when the write lock is free share one commit.
final class OpeningQueue: Sendable {
  typealias Recorded = (head: IntegrationRow, credential: CredentialRow, opening: PendingOpening)

  private struct Waiting {
    let request: CredentialRequest
    let continuation: CheckedContinuation<Recorded, any Error>
  }

  private let waiting = Mutex<[Waiting]>([])

  /// Records an opening; the entry is committed when this returns (`NORMAL`: it survives `kill -9`).
  func record(_ request: CredentialRequest, in custodian: Custodian) async throws -> Recorded {
    try await withCheckedThrowingContinuation { continuation in
      let isFirst = waiting.withLock { waiting in
        waiting.append(Waiting(request: request, continuation: continuation))
        return waiting.count == 1
      }
      if isFirst { Task { await commit(in: custodian) } }
    }
  }

  private func commit(in custodian: Custodian) async {
    let taken = Taken()
    do {
      let results = try await custodian.amend(durability: .normal) { [self] change in
        let batch = takeAll()
        taken.batch = batch
        return batch.map { waiting in Result { try Self.record(waiting.request, in: change) } }
      }
      for (waiting, result) in zip(taken.batch ?? [], results) { waiting.continuation.resume(with: result) }
    } catch {
      // Whoever came after the batch was taken has a commit of his own.
      for waiting in taken.batch ?? takeAll() { waiting.continuation.resume(throwing: error) }
    }
  }

  private func takeAll() -> [Waiting] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }

  private static func record(_ request: CredentialRequest, in change: CustodyChange) throws -> Recorded {
    let (head, row) = try request.rows(in: change)
    return (head, row, try change.recordOpening(of: row, by: request.actor, purpose: request.purpose))
  }

  /// How many wait for a commit that has not begun.
  var count: Int { waiting.withLock(\.count) }

  /// What one commit took on, `nil` before it has the write lock: written by the writer's thread, read when it is done.
  private final class Taken: Sendable {
    private let stored = Mutex<[Waiting]?>(nil)
    var batch: [Waiting]? {
      get { stored.withLock { $0 } }
      set { stored.withLock { $0 = newValue } }
    }
  }
}
