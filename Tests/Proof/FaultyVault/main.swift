// A vault that dies at a named fault point: the verbs of the command, with a strike in them. For the crash proof alone.
//
//     FAULT_POINT='before key.promote' FAULT_OCCURRENCE=1 FAULT_REACHED=FILE FaultyVault DATABASE KEY VERB [ARGUMENT]
//
// FAULT_REACHED gets a line for every point on the way. Without FAULT_POINT nothing strikes.

import Custody
import Foundation
import Glibc
import Logging
import Reseal
import Sealing
import Storage
import Synchronization

let environment = ProcessInfo.processInfo.environment
let arguments = CommandLine.arguments
guard arguments.count >= 4 else {
  print("usage: FaultyVault DATABASE KEY VERB [ARGUMENT]")
  exit(1)
}
let argument = arguments.dropFirst(4).first ?? ""

/// Counts how often a point was reached, and kills the process there.
let strike = Strike(
  point: environment["FAULT_POINT"], occurrence: environment["FAULT_OCCURRENCE"].flatMap { Int($0) } ?? 1,
  reached: environment["FAULT_REACHED"])

var options = AssemblyOptions(
  database: arguments[1], rootKey: try RootKeySource("file:\(arguments[2])"), log: Logger(label: "faulty"))
options.providers = environment["RESEAL_PROVIDERS"]
options.faults = Faults { strike.reach($0) }

let assembly = try await Assembly.open(options)
let workspace = try assembly.workspaces.list()[0].workspace

switch arguments[3] {
case "rotate": _ = try await assembly.workspaceKeys.rotate(workspace, by: .commandLine) { _ in }
case "retire":
  try await assembly.workspaceKeys.retire(
    UInt32(argument)!, of: workspace, abandoned: [], grace: .zero, by: .commandLine)
case "destroy":
  try await assembly.workspaceKeys.destroy(UInt32(argument)!, of: workspace, isUrgent: true, by: .commandLine)
case "rotate --compromised":
  _ = try await assembly.workspaceKeys.rotate(workspace, .compromised, by: .commandLine) { _ in }
case "rekey":
  let request = RekeyRequest(sources: [try RootKeySource("file:\(argument)")])
  _ = try await assembly.rootKeys.rekey(request, by: .commandLine)
case "add-slot":
  _ = try await assembly.rootKeys.add(try RootKeySource("file:\(argument)"), name: "second", by: .commandLine)
case "put":
  var fields = CredentialFieldsWriter()
  fields.add("api_key", try Secret(copying: Array(FileHandle.standardInput.readToEnd() ?? Data())))
  _ = try await assembly.integrations.put(
    fields.finish(), kind: .apiKey, expiresAt: nil, integration: UUID(uuidString: argument)!, workspace: workspace,
    connector: nil, customer: nil, by: .commandLine)
default:
  print("no such verb: \(arguments[3])")
  exit(1)
}
await assembly.shutdown()
