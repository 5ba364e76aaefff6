//! requires that 'Secret' conform to 'Copyable'
import Sealing

func shown(_ secret: borrowing Secret) {
  //- dump(secret)
  //+ dump(secret.count)
}
