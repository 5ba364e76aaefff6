//! return expression of type 'Secret' does not conform to 'Copyable'
import Sealing

func erased(_ secret: consuming Secret) -> Any {
  //- secret
  //+ secret.count
}
