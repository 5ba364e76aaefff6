//! 'keys' is inaccessible
import Custody

func held(_ custodian: Custodian) -> String {
  //- "\(custodian.keys)"
  //+ custodian.vaultID
}
