//! consumed more than once
import Sealing

func twice(_ secret: consuming Secret) -> Int {
  let first = secret
  //- let second = secret
  //+ let second = first.duplicate()
  return first.count + second.count
}
