//! 'custodian' is inaccessible
import Foundation
import Reseal

func held(_ assembly: Assembly) throws -> Int {
  //- try assembly.custodian.view { _ in 1 }
  //+ try assembly.workspaces.list().count
}
