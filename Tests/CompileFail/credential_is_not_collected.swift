//! requires that 'Credential' conform to 'Copyable'
import Reseal

func kept(_ credential: consuming Credential) -> Int {
  //- [credential].count
  //+ [credential.version].count
}
