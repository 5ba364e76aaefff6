//! cannot be captured by an escaping closure
import Sealing

func later(_ secret: borrowing Secret) -> () -> Int {
  let count = secret.count
  //- return { secret.count }
  //+ return { count }
}
