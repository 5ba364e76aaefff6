//! noncopyable 'secret' cannot be consumed when captured by an escaping closure
import Sealing

func later(_ secret: consuming Secret) -> Task<Int, Never> {
  let count = secret.count
  //- return Task { take(secret) + count }
  //+ return Task { count }
}

func take(_ secret: consuming Secret) -> Int { secret.count }
