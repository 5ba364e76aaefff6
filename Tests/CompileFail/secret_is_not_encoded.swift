//! 'Secret' conform to 'Encodable'
import Foundation
import Sealing

func encoded(_ secret: borrowing Secret) throws -> Data {
  //- try JSONEncoder().encode(secret)
  //+ try JSONEncoder().encode(secret.count)
}
