//! 'Credential' conform to 'Encodable'
import Foundation
import Reseal

func encoded(_ credential: borrowing Credential) throws -> Data {
  //- try JSONEncoder().encode(credential)
  //+ try JSONEncoder().encode(credential.version)
}
