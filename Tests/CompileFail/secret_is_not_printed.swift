//! no exact matches in call to instance method 'appendInterpolation'
import Sealing

func text(_ secret: borrowing Secret) -> String {
  //- "\(secret)"
  //+ "\(secret.count)"
}
