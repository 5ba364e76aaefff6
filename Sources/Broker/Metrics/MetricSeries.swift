internal import CoreMetrics
import Synchronization

/// One line of a counter or gauge, or one histogram. Timers come in nanoseconds and are kept in seconds.
final class MetricSeries: CounterHandler, RecorderHandler, MeterHandler, TimerHandler, Sendable {
  static let bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  let kind: Exposition.Kind
  private let labels: [(String, String)]
  private let state = Mutex(State())

  private struct State {
    var value = 0.0
    var sum = 0.0
    var count = 0.0
    var buckets = [Double](repeating: 0, count: MetricSeries.bounds.count)
  }

  init(labels: [(String, String)], kind: Exposition.Kind) {
    self.labels = labels
    self.kind = kind
  }

  func increment(by amount: Int64) { increment(by: Double(amount)) }
  func increment(by amount: Double) { state.withLock { $0.value += amount } }
  func decrement(by amount: Double) { increment(by: -amount) }
  func reset() { state.withLock { $0 = State() } }
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { state.withLock { $0.value = value } }
  func record(_ value: Int64) { record(Double(value)) }
  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func record(_ value: Double) {
    guard kind == .histogram else { return set(value) }
    state.withLock { state in
      state.sum += value
      state.count += 1
      for index in Self.bounds.indices where value <= Self.bounds[index] { state.buckets[index] += 1 }
    }
  }

  func write(as name: String, to text: inout Exposition) {
    let state = state.withLock { $0 }
    guard kind == .histogram else { return text.sample(name, labels, state.value) }
    for (bound, count) in zip(Self.bounds, state.buckets) {
      text.sample(name + "_bucket", labels + [("le", Exposition.written(bound))], count)
    }
    text.sample(name + "_bucket", labels + [("le", "+Inf")], state.count)
    text.sample(name + "_sum", labels, state.sum)
    text.sample(name + "_count", labels, state.count)
  }
}
