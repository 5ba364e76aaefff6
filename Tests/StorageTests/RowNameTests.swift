import Foundation
import Testing

@testable import Storage

@Suite("picking out rows")
struct RowNameTests {
  @Test("half a key picks out nothing: it stops the program", .timeLimit(.minutes(1)))
  func halfKey() async {
    await #expect(processExitsWith: .failure) { _ = CredentialRow.matching([.uuid(UUID())]) }
    await #expect(processExitsWith: .failure) {
      _ = CredentialRow.matching([.uuid(UUID()), .integer(1), .integer(2)])
    }
    await #expect(processExitsWith: .success) { _ = CredentialRow.matching([.uuid(UUID()), .integer(1)]) }
  }

  @Test("an order names a column, and no SQL", .timeLimit(.minutes(1)))
  func order() async {
    #expect(RowOrder.key.terms(of: CredentialRow.self) == "integration, version")
    #expect(RowOrder.descending("version").terms(of: CredentialRow.self) == "version DESC")
    await #expect(processExitsWith: .failure) { _ = RowOrder.ascending("version; --").terms(of: CredentialRow.self) }
  }
}
