//! no exact matches in call to instance method 'appendInterpolation'
import Custody

func text(_ fields: borrowing CredentialFields) -> String {
  //- "\(fields)"
  //+ "\(fields.names)"
}
