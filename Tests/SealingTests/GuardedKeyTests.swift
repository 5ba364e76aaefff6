import Foundation
import Testing

@testable import Sealing

@Suite("keys in guarded memory")
struct GuardedKeyTests {
  private func mappings() throws -> Int {
    try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n").count
  }

  private func bytes(_ key: GuardedKey) -> [UInt8] { key.withBytes { Array($0) } }

  @Test("50,000 keys live at once, each with its own bytes, in few memory mappings")
  func many() throws {
    let before = try mappings()
    let keys = (0..<50_000).map { number in
      GuardedKey(count: 32) { target in for index in 0..<4 { target.storeBytes(of: number &* (index + 1), toByteOffset: index * 8, as: Int.self) } }
    }
    #expect(try mappings() - before < 1_000)
    let wrong = keys.indices.filter { number in
      keys[number].withBytes { bytes in (0..<4).contains { bytes.load(fromByteOffset: $0 * 8, as: Int.self) != number &* ($0 + 1) } }
    }
    #expect(wrong == [])
  }

  @Test("a slot is wiped when its key is dropped, and then used again", arguments: [16, 32, 33, 64])
  func wiped(count: Int) {
    let slab = GuardedSlab.holding(count)
    let (page, start) = slab.take { $0.initializeMemory(as: UInt8.self, repeating: 0x5A) }
    // A neighbour keeps the page.
    let neighbour = slab.take { $0.initializeMemory(as: UInt8.self, repeating: 0xA5) }
    #expect(start.load(as: UInt8.self) == 0x5A)
    slab.reclaim(start, in: page)
    let left = UnsafeRawBufferPointer(start: start, count: count <= 32 ? 32 : 64)
    #expect(left.allSatisfy { $0 == 0 })
    #expect(neighbour.start.load(as: UInt8.self) == 0xA5)
    slab.reclaim(neighbour.start, in: neighbour.page)
  }

  @Test("keys of every length hold what was put in", arguments: [1, 31, 32, 33, 64, 65, 5_000])
  func lengths(count: Int) {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let key = content.withUnsafeBytes { GuardedKey(copying: $0) }
    #expect(key.count == count)
    #expect(bytes(key) == content)
  }

  @Test("keys are made and dropped by many threads at once")
  func threads() async {
    let wrong = await withTaskGroup(of: Int.self) { group in
      for worker in 0..<8 {
        group.addTask {
          var (kept, wrong): ([GuardedKey], Int) = ([], 0)
          for round in 0..<4_000 {
            let mark = UInt8(truncatingIfNeeded: worker &* 31 &+ round)
            kept.append(GuardedKey(count: 32) { $0.initializeMemory(as: UInt8.self, repeating: mark) })
            if kept.count > 100, bytes(kept.removeFirst()) != [UInt8](repeating: mark &- 100, count: 32) { wrong += 1 }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  @Test("memory is locked, or known not to be")
  func locked() throws {
    let keys = (0..<10).map { _ in GuardedKey.random(32) }
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
    let kilobytes = try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    #expect(!Sodium.isMemoryLocked || kilobytes >= 16)
    #expect(keys.count == 10)
  }

  @Test("nothing that holds a key shows its bytes or where they are")
  func redacted() throws {
    let secret = Secret(copying: Array("0123456789abcdef0123456789abcdef".utf8))
    let holders: [Any] = [
      GuardedKey(copying: secret), try RootKey(secret), try KeyEncryptionKey(secret), try RecoveryKey(secret),
      KeyGeneration.generate(1), RecoveryKey.generate().key,
    ]
    for holder in holders {
      var dumped = ""
      dump(holder, to: &dumped)
      for text in [dumped, String(describing: holder), String(reflecting: holder), "\(holder)"] {
        #expect(!text.contains("0123"))
        let dense = text.filter { !$0.isWhitespace }
        #expect(!dense.contains("48,49,50") && !dense.contains("-48-49-50"))
        #expect(!text.contains("0x"), "no address: \(text)")
      }
    }
  }
}
