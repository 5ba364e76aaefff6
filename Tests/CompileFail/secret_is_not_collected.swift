//! requires that 'Secret' conform to 'Copyable'
import Sealing

func kept(_ secret: consuming Secret) -> Int {
  //- [secret].count
  //+ [secret.count].count
}
