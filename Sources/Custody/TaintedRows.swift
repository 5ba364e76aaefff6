import Storage

extension CustodyView {
  /// Whether a rotation may take the row along once its MAC holds. Under a generation that others know, a MAC proves
  /// nothing: then the row must be the one that the audit log tells of last.
  func isVouchedFor<R: TenantRow>(_ row: R, in ring: KeyRing) throws -> Bool {
    guard row.isTainted(in: ring) else { return true }
    do {
      try requireNewest(row)
      return true
    } catch CustodyError.integrity {
      return false
    }
  }
}
