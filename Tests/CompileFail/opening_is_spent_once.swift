//! consumed more than once
import Custody
import Storage

func open(_ first: CredentialRow, _ second: CredentialRow, _ opening: consuming RecordedOpening, with custodian: Custodian) throws {
  _ = try custodian.open(first, spending: opening)
  //- _ = try custodian.open(second, spending: opening)
  //+ _ = second
}
