import Storage

extension CustodyView {
  /// The row, if it verifies; `nil` where it, or what the log says of it, is not what the vault wrote.
  /// - Throws: what kept anybody from finding out: a row that could not be read now may be sound.
  package func ifSound<R: TenantRow>(_ row: R) throws -> R? { try ifSound { try verified(row) } }

  /// What `body` reads, unless that is not what the vault wrote.
  func ifSound<T>(_ body: () throws -> T?) throws -> T? {
    do {
      return try body()
    } catch CustodyError.integrity {
      return nil
    } catch StorageError.malformedRow {
      return nil
    }
  }
}
