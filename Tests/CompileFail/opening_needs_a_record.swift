//! initializer is inaccessible
import Custody
import Storage

func opening(_ change: CustodyChange, _ row: CredentialRow) throws -> RecordedOpening {
  //- RecordedOpening(subject: "", version: 1, sequence: 1)
  //+ try change.recordOpening(of: row, by: .library, purpose: "serve")
}
