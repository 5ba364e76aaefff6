/// The order in which rows are read: by their primary key, or by one column.
package enum RowOrder: Sendable {
  case key
  case ascending(String)
  case descending(String)

  func terms<R: StoredRow>(of _: R.Type) -> String {
    switch self {
    case .key: return R.key.joined(separator: ", ")
    case .ascending(let column): return Self.checked(column, R.self)
    case .descending(let column): return "\(Self.checked(column, R.self)) DESC"
    }
  }

  private static func checked<R: StoredRow>(_ column: String, _: R.Type) -> String {
    precondition(R.columns.contains(column), "\(R.table) has no column \(column)")
    return column
  }
}
