// Fetches a credential as a backend service would, and prints what may be printed of it:
//
//     RESEAL_DATABASE=… RESEAL_ROOT_KEY=file:… FetchCredential WORKSPACE CUSTOMER INTEGRATION [--stay]
//
// With --stay it keeps the vault open, as a service does, until its standard input ends.

import Foundation
import Reseal

let environment = ProcessInfo.processInfo.environment
let arguments = CommandLine.arguments
let stays = arguments.last == "--stay"

guard arguments.count == (stays ? 5 : 4), let workspace = UUID(uuidString: arguments[1]),
  let integration = UUID(uuidString: arguments[3]), let database = environment["RESEAL_DATABASE"],
  let key = environment["RESEAL_ROOT_KEY"], key.hasPrefix("file:")
else {
  print("usage: RESEAL_DATABASE=PATH RESEAL_ROOT_KEY=file:PATH FetchCredential WORKSPACE CUSTOMER INTEGRATION [--stay]")
  exit(1)
}

let vault = try await Vault.open(
  at: database, rootKey: .file(String(key.dropFirst("file:".count))), providers: environment["RESEAL_PROVIDERS"],
  publicURL: environment["RESEAL_PUBLIC_URL"],
  allowsPrivateAddresses: environment["RESEAL_ALLOW_PRIVATE_ADDRESSES"] == "1")

switch try await vault.credential(workspace: workspace, customer: arguments[2], integration: integration) {
case .active(let credential):
  // A real service would hand the bytes to its HTTP client. Here only their hash leaves the closure.
  let hash = try credential.withAccessToken { try SHA256.hex($0) }
  print(#"{"state":"active","version":\#(credential.version),"access_token_sha256":"\#(hash)"}"#)
case .unavailable(let reason):
  print(#"{"state":"unavailable","reason":"\#(reason)"}"#)
}
if stays {
  fflush(nil)
  _ = readLine()
}
await vault.close()
