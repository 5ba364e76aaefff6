import Storage

/// The grant and the version that a refresh was made with. What it brings, or fails to bring, is about these alone.
package struct RefreshBasis: Sendable, Hashable {
  package let grant: Int64
  package let version: Int64

  package init(grant: Int64, version: Int64) {
    self.grant = grant
    self.version = version
  }

  /// Whether the integration still has both. If not, the refresh says nothing about what is there now: its token is
  /// archived, its failure is nobody's.
  package func holds(_ lifecycle: Lifecycle, grant: Int64, version: Int64?) -> Bool {
    lifecycle == .ready && self.grant == grant && self.version == version
  }
}
