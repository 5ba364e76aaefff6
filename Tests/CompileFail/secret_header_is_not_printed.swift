//! no exact matches in call to instance method 'appendInterpolation'
import Exchange

func text(_ header: borrowing SecretHeader) -> String {
  //- "\(header)"
  //+ "\(header.name)"
}
