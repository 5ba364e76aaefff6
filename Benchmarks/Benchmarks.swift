/// `benchmarks NOUN [N]`: measures, and prints figures beside the floor of the same run.
@main
struct Benchmarks {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "rotation": try await RotationBenchmark(rows: arguments.dropFirst().first.flatMap(Int.init) ?? 20_000).run()
    default: print("usage: scripts/bench rotation [CREDENTIALS]")
    }
  }
}
