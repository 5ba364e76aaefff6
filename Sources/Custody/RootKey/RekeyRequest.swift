/// What `root rekey` is asked to do.
package struct RekeyRequest: Sendable {
  /// Slots that do not get the new root key.
  package var dropping: [String] = []
  /// Sources of slots that keep working, beside the one that opened the vault.
  package var sources: [RootKeySource] = []
  /// The old root key is known to others: every workspace key counts as known, too.
  package var isCompromised = false

  package init(dropping: [String] = [], sources: [RootKeySource] = [], isCompromised: Bool = false) {
    self.dropping = dropping
    self.sources = sources
    self.isCompromised = isCompromised
  }
}

/// What a rekey has done.
package struct RekeyReport: Sendable, Equatable {
  package let epoch: Int64
  package let kept: [String]
  package let dropped: [String]
  /// Keys that are wrapped under the new root key now.
  package let rewrapped: Int
  /// Workspaces whose keys count as known to others.
  package let tainted: Int
}
