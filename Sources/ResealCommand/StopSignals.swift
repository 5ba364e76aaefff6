import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as a wish to stop, not as an end: a refresh that was sent must be finished, or its token is lost.
final class StopSignals: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let sources: SignalSources

  init() {
    sources = SignalSources([SIGTERM, SIGINT])
    sources.start { [weak self] in self?.stopped.store(true, ordering: .relaxed) }
  }

  var isStopping: Bool { stopped.load(ordering: .relaxed) }
}

/// `@unchecked Sendable`: `DispatchSourceSignal` is not marked; the sources are configured once.
private final class SignalSources: @unchecked Sendable {
  private let sources: [any DispatchSourceSignal]

  init(_ signals: [Int32]) {
    sources = signals.map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
  }

  func start(_ body: @escaping @Sendable () -> Void) {
    for source in sources {
      source.setEventHandler(handler: body)
      source.activate()
    }
  }

  deinit { for source in sources { source.cancel() } }
}
