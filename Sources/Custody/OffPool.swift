import Dispatch

/// Runs what blocks (a passphrase's half second, a program, a person, work for every core) on a thread of its own and not
/// on one of the few that tasks share.
func offPool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
  }
}
