//! 'memory' is inaccessible
import Sealing

func address(_ key: GuardedKey) -> String {
  //- "\(key.memory)"
  //+ "\(key.count)"
}
