/// Why custody refuses. Carries names of rows and what to do, never a secret and never why a value did not open.
package enum CustodyError: Error, Equatable {
  /// The root key is missing, unreadable or the wrong one: says what to do. Nothing was read.
  case locked(String)
  /// A row, or the value in it, is not what the vault wrote.
  case integrity(table: String, key: String)
  /// The thing is not there, or not the caller's: one answer for both.
  case notFound
  /// A precondition of the request does not hold: says which.
  case refused(String)
  /// Another transaction got in between; the caller reads again and repeats.
  case superseded
}
