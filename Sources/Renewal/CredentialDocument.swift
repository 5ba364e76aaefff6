import Catalogue
import Custody
import OAuth
import Sealing

extension CredentialFields {
  /// The fields in a JSON object of 1 to 32 strings, by name. They go from the document's bytes into secrets, and become
  /// no `String` on the way.
  /// - Returns: `nil` where there is no such object.
  package static func read(_ json: SecretJSON, at pointer: JSONPointer = JSONPointer()) -> CredentialFields? {
    guard let names = json.names(pointer), (1...32).contains(names.count) else { return nil }
    var fields = CredentialFieldsWriter()
    for name in names.sorted() {
      guard let value = json.secret(pointer.appending(name)) else { return nil }
      fields.add(name, value)
    }
    return fields.finish()
  }
}
