internal import CoreMetrics
import Synchronization

/// What swift-metrics counts in this process, kept for the next scrape.
///
/// Labels come from closed lists (outcomes, reason codes, route templates), never from data, so the number of series is
/// bounded by the code; the cap is for mistakes.
final class MetricRegistry: MetricsFactory, Sendable {
  /// The process has one, because swift-metrics has one.
  static let shared: MetricRegistry = {
    let registry = MetricRegistry()
    MetricsSystem.bootstrap(registry)
    return registry
  }()

  static let mostSeries = 5_000

  private struct Name: Hashable {
    let label: String
    let dimensions: [String]
  }

  private let series = Mutex<[Name: MetricSeries]>([:])

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    find(label, dimensions, .counter)
  }

  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    find(label, dimensions, aggregate ? .histogram : .gauge)
  }

  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    find(label, dimensions, .gauge)
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    find(label, dimensions, .histogram)
  }

  // A counter that a scraper has seen never goes away.
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyMeter(_ handler: any MeterHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  private func find(_ label: String, _ dimensions: [(String, String)], _ kind: Exposition.Kind) -> MetricSeries {
    let name = Name(label: label, dimensions: dimensions.flatMap { [$0.0, $0.1] })
    return series.withLock { series in
      if let found = series[name] { return found }
      let made = MetricSeries(labels: dimensions, kind: kind)
      if series.count < Self.mostSeries { series[name] = made }
      return made
    }
  }

  /// Every family by name, its series in the order of their labels.
  func write(to text: inout Exposition) {
    let families = Dictionary(grouping: series.withLock { Array($0) }, by: \.key.label)
    for (label, members) in families.sorted(by: { $0.key < $1.key }) {
      guard let first = members.first else { continue }
      text.family(label, first.value.kind, MetricHelp.text(of: label))
      for (_, series) in members.sorted(by: { $0.key.dimensions.lexicographicallyPrecedes($1.key.dimensions) }) {
        series.write(as: label, to: &text)
      }
    }
  }
}
