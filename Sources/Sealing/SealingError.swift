/// Why bytes could not be sealed or opened. Deliberately poor: *cannot open* gives no reason, so that an attacker who
/// edits rows learns nothing from the answer.
package enum SealingError: Error, Equatable {
  /// A sealed value, a wrapped key or a MAC did not prove what it had to.
  case cannotOpen
  /// A key of the wrong size or shape was handed in: says which.
  case malformedKey(String)
  /// A passphrase slot asks for a derivation that is not done: says why.
  case refusedParameters(String)
}
