//! no exact matches in call to instance method 'appendInterpolation'
import Reseal

func text(_ credential: borrowing Credential) -> String {
  //- "\(credential)"
  //+ "\(credential.version)"
}
