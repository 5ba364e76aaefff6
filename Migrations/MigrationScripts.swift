/// The schema's history: numbered SQL, forward only, embedded in the binary.
///
/// The list is kept by hand (a resource bundle would have to travel with the binary); a test compares it with the folder.
package enum MigrationScripts {
  package struct Script: Sendable {
    package let number: Int
    package let name: String
    package let sql: String
  }

  package static let all = [
    Script(number: 1, name: "V0001_vault", sql: String(decoding: PackageResources.V0001_vault_sql, as: UTF8.self))
  ]
}
