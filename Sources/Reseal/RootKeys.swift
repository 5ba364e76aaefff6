import Custody

/// The root key and the ways to it: an operator's view.
package struct RootKeys: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  package func slots() throws -> [RootSlot] { try custodian.rootSlots() }

  /// - Returns: the new slot's name.
  package func add(_ source: RootKeySource, name: String?, by actor: Actor) async throws -> String {
    try await custodian.addSlot(from: source, name: name, by: actor)
  }

  /// Makes a new recovery key; the old one opens nothing from now on.
  /// - Returns: the key as text, to be shown once.
  package func replaceRecoveryKey(by actor: Actor) async throws -> String {
    try await custodian.replaceRecoveryKey(by: actor)
  }

  package func remove(_ slot: String, provenBy source: RootKeySource?, by actor: Actor) async throws {
    try await custodian.removeSlot(slot, provenBy: source, by: actor)
  }

  /// Proves that a source opens the root key, the one that opened this vault unless told.
  package func drill(_ source: RootKeySource?, by actor: Actor) async throws -> RootSlot {
    try await custodian.drill(source, by: actor)
  }

  package func rekey(_ request: RekeyRequest, by actor: Actor) async throws -> RekeyReport {
    try await custodian.rekey(request, by: actor)
  }
}
