//! is not concurrency-safe
import Sealing

enum Shelf {
  //- static var kept: Secret?
  //+ static let kept: Int? = nil
}
