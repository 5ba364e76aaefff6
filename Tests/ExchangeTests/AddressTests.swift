import Loopback
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Exchange

@Suite("where a request may go")
struct AddressTests {
  @Test(
    "addresses that are not on the public internet",
    arguments: [
      "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.9", "169.254.169.254",
      "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7",
      "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1",
      "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1",
      "fec0::1", "ff02::1",
    ])
  func inside(text: String) throws {
    #expect(AddressRange.isPrivate(try SocketAddress(ipAddress: text, port: 443)))
  }

  @Test(
    "addresses that are",
    arguments: [
      "1.1.1.1", "9.255.255.255", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.167.1.1",
      "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    ])
  func outside(text: String) throws {
    #expect(!AddressRange.isPrivate(try SocketAddress(ipAddress: text, port: 443)))
  }

  @Test("no address counts as inside")
  func unknown() { #expect(AddressRange.isPrivate(nil)) }

  @Test(
    "what a URL spells out",
    arguments: [
      ("https://example.com/x", nil, nil),
      ("http://example.com/", .insecureURL, .insecureURL),
      ("http://127.0.0.1:8080/", .insecureURL, nil),
      ("http://localhost/", .insecureURL, nil),
      ("http://[::1]:8080/", .insecureURL, nil),
      ("http://10.0.0.1/", .insecureURL, .insecureURL),
      ("http://localhost.example.com/", .insecureURL, .insecureURL),
      ("https://127.0.0.1/", .privateAddress, nil),
      ("https://LOCALHOST/", .privateAddress, nil),
      ("https://[fd00::1]/", .privateAddress, nil),
      ("https://169.254.169.254/latest", .privateAddress, nil),
      ("https://user:pw@example.com/", .invalidURL, .invalidURL),
      ("https://example.com/#f", .invalidURL, .invalidURL),
      ("ftp://example.com/", .invalidURL, .invalidURL),
      ("https:///x", .invalidURL, .invalidURL),
      ("example.com", .invalidURL, .invalidURL),
      ("", .invalidURL, .invalidURL),
    ] as [(String, ExchangeFailure.NotSent?, ExchangeFailure.NotSent?)])
  func spelled(url: String, guarded: ExchangeFailure.NotSent?, open: ExchangeFailure.NotSent?) {
    #expect(refusal(url, allowing: false) == guarded.map(ExchangeFailure.notSent))
    #expect(refusal(url, allowing: true) == open.map(ExchangeFailure.notSent))
  }

  /// Whatever the URL spelled, the address of the connection decides, before a byte of the request is written.
  @Test("the connection itself is judged", .timeLimit(.minutes(1)))
  func connected() async {
    let server = LoopbackServer(LoopbackServer.json("{}"))
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let exchange = HTTPExchange(allowSpelledOut: true, allowConnected: false, logger: logger)
    #expect(await exchange.post(server.url) == Seen(failure: .notSent(.privateAddress)))
    #expect(server.requests.joined() == "")
    await exchange.shutdown()
  }

  private func refusal(_ url: String, allowing: Bool) -> ExchangeFailure? {
    do throws(ExchangeFailure) {
      _ = try Destination(url, allowPrivateAddresses: allowing)
      return nil
    } catch {
      return error
    }
  }
}

@Suite("what an error means")
struct ClassificationTests {
  private struct Unheard: Error {}

  private static let errors: [(any Error, ExchangeFailure.NotSent?, ExchangeFailure.Uncertain)] = [
    (PrivateAddressError(), .privateAddress, .unrecognised),
    (IOError(errnoCode: 111, reason: "ECONNREFUSED"), .refused, .connectionLost),
    (IOError(errnoCode: 110, reason: "ETIMEDOUT"), .connectTimeout, .connectionLost),
    (IOError(errnoCode: 113, reason: "EHOSTUNREACH"), .unreachable, .connectionLost),
    (IOError(errnoCode: 101, reason: "ENETUNREACH"), .unreachable, .connectionLost),
    (IOError(errnoCode: 24, reason: "EMFILE"), .unreachable, .connectionLost),
    (IOError(errnoCode: 104, reason: "ECONNRESET"), nil, .connectionLost),
    (IOError(errnoCode: 32, reason: "EPIPE"), nil, .connectionLost),
    (ChannelError.connectTimeout(.seconds(2)), .connectTimeout, .connectionLost),
    (ChannelError.inputClosed, nil, .connectionLost),
    (ChannelError.ioOnClosedChannel, nil, .connectionLost),
    (SocketAddressError.unsupported, .nameResolution, .unrecognised),
    (BodyLimitError(), nil, .bodyTooLarge),
    (CancellationError(), nil, .timedOut),
    (Unheard(), nil, .unrecognised),
  ]

  @Test("before the body was asked for", arguments: errors.indices)
  func before(index: Int) {
    let (error, notSent, uncertain) = Self.errors[index]
    #expect(ExchangeFailure(error, bodyTaken: false) == notSent.map(ExchangeFailure.notSent) ?? .uncertain(uncertain))
  }

  @Test("one word for one thing: a deadline is a grant's")
  func words() {
    let words = ExchangeFailure.NotSent.allCases.map(\.rawValue) + ExchangeFailure.Uncertain.allCases.map(\.rawValue)
    #expect(Set(words).count == words.count)
    #expect(!words.contains("deadline"))
  }

  @Test("afterwards everything is uncertain", arguments: errors.indices)
  func after(index: Int) {
    let (error, _, uncertain) = Self.errors[index]
    #expect(ExchangeFailure(error, bodyTaken: true) == .uncertain(uncertain))
  }
}
