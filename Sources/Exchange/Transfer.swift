internal import AsyncHTTPClient
internal import NIOCore
internal import Sealing
internal import Synchronization

/// One request under way: a class, because a task's closure and its result must be copyable and secrets are not.
///
/// The client wants headers as `String` and bodies as `ByteBuffer`, and frees both without wiping them. That copy lives
/// as long as the exchange; ours are wiped.
final class Transfer: Sendable {
  let deadline: Duration
  private let bodyLimit: Int
  private let head: HTTPClientRequest
  private let secretHeader: Mutex<SecretHeader?>
  private let body: OutboundBody?
  private let result = Mutex<Outcome>(.pending)

  private enum Outcome: ~Copyable, Sendable {
    case pending
    case reply(ExchangeReply)
    case failure(ExchangeFailure)
  }

  init(_ request: consuming ExchangeRequest) {
    deadline = request.deadline
    bodyLimit = request.bodyLimit
    var head = HTTPClientRequest(url: request.url)
    head.method = .RAW(value: request.method.rawValue)
    for header in request.headers { head.headers.add(name: header.name, value: header.value) }
    head.headers.replaceOrAdd(name: "Connection", value: "close")
    if let type = request.contentType { head.headers.replaceOrAdd(name: "Content-Type", value: type) }
    body = OutboundBody(request.body.take(), while: request.mayStillSend)
    if let body { head.body = .stream(body, length: .known(Int64(body.count))) }
    self.head = head
    secretHeader = Mutex(request.secretHeader.take())
  }

  func run(on client: HTTPClient) async {
    do {
      let response = try await client.execute(complete(), deadline: .distantFuture)
      let body = try await collect(response.body)
      // Whether a stream that is cancelled throws or merely ends is left open by the client.
      try Task.checkCancellation()
      settle(
        ExchangeReply(
          status: Int(response.status.code), contentType: response.headers.first(name: "content-type"),
          retryAfter: response.headers.first(name: "retry-after").flatMap {
            RetryAfter.seconds($0, sentAt: response.headers.first(name: "date"))
          }, body: body))
    } catch {
      let failure = ExchangeFailure(error, bodyTaken: body?.isTaken ?? false)
      result.withLock { $0 = .failure(failure) }
    }
  }

  func takeResult() throws(ExchangeFailure) -> ExchangeReply {
    let outcome = result.withLock { (state: inout Outcome) -> Outcome in
      let taken = state
      state = .pending
      return taken
    }
    switch consume outcome {
    case .reply(let reply): return reply
    case .failure(let failure): throw failure
    case .pending: throw .uncertain(.unrecognised)
    }
  }

  private func settle(_ reply: consuming ExchangeReply) {
    var reply: ExchangeReply? = reply
    result.withLock { if let reply = reply.take() { $0 = .reply(reply) } }
  }

  private func complete() -> HTTPClientRequest {
    var request = head
    secretHeader.withLock { header in
      guard let taken = header.take() else { return }
      let value = taken.value.withBytes { String(decoding: $0, as: UTF8.self) }
      request.headers.replaceOrAdd(name: taken.name, value: value)
    }
    return request
  }

  private func collect(_ body: HTTPClientResponse.Body) async throws -> Secret {
    var writer = SecretWriter(capacity: 4096)
    for try await buffer in body {
      guard writer.count + buffer.readableBytes <= bodyLimit else { throw BodyLimitError() }
      buffer.withUnsafeReadableBytes { writer.append($0) }
    }
    return writer.finish()
  }
}

/// A body that is handed over once, if it still may be, and remembers that it was: from then on the other side may have
/// read it.
final class OutboundBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  let count: Int
  private let secret: Mutex<Secret?>
  private let taken = Atomic(false)
  private let mayBeTaken: @Sendable () -> Bool

  init?(_ body: consuming Secret?, while mayBeTaken: @escaping @Sendable () -> Bool) {
    guard let body else { return nil }
    count = body.count
    self.mayBeTaken = mayBeTaken
    secret = Mutex(body)
  }

  /// The client asks for the body only after the connection stands and the request's head is written.
  var isTaken: Bool { taken.load(ordering: .acquiring) }

  func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  struct Iterator: AsyncIteratorProtocol {
    let body: OutboundBody
    mutating func next() async throws -> ByteBuffer? { try body.hand() }
  }

  private func hand() throws -> ByteBuffer? {
    try secret.withLock { held in
      guard let body = held.take() else { return nil }
      guard mayBeTaken() else { throw WithdrawnError() }
      taken.store(true, ordering: .releasing)
      return body.withBytes { ByteBuffer(bytes: $0) }
    }
  }
}
