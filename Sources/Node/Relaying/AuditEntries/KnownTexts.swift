import CanonicalEncoding
import CoalitionDirectory
import TransparencyLog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Texts that recur, each judged once: those that came last are found by comparing bytes.
struct KnownTexts<Value> {
    private var known: [(text: [UInt8], value: Value)] = []
    /// Those of the texts, in the same places: nearly always one text is compared at most.
    private var prints: [TextPrint] = []
    private var next = 0
    private let capacity: Int
    private let judge: (String) -> Value?

    /// - Parameter judge: nil for a text that is none of what is expected; asked again each time.
    init(capacity: Int = 64, _ judge: @escaping (String) -> Value?) {
        self.capacity = capacity
        self.judge = judge
    }

    mutating func value(of text: UnsafeRawBufferPointer) -> Value? {
        let print = TextPrint(text)
        for place in prints.indices where prints[place] == print {
            if print.isWhole || known[place].text.withUnsafeBytes({ Self.isSame($0, text) }) {
                return known[place].value
            }
        }
        return judgeAnew(text, print)
    }

    @inline(never)
    private mutating func judgeAnew(_ text: UnsafeRawBufferPointer, _ print: TextPrint) -> Value? {
        guard let value = judge(String(decoding: text, as: UTF8.self)) else { return nil }
        if known.count < capacity {
            known.append((Array(text), value))
            prints.append(print)
        } else {
            known[next] = (Array(text), value)
            prints[next] = print
            next = (next + 1) % capacity
        }
        return value
    }

    private static func isSame(_ stored: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool {
        guard stored.count == text.count else { return false }
        guard let left = stored.baseAddress, let right = text.baseAddress else { return text.isEmpty }
        return memcmp(left, right, text.count) == 0
    }
}

/// The first and the last bytes of a text, and its length: all of it, when it is short.
private struct TextPrint: Equatable {
    private let first: UInt64
    private let last: UInt64
    private let count: Int

    @inline(__always)
    init(_ text: UnsafeRawBufferPointer) {
        count = text.count
        if count >= 8 {
            first = text.word(at: 0)
            last = text.word(at: count - 8)
        } else {
            first = text.reduce(0) { $0 << 8 | UInt64($1) }
            last = 0
        }
    }

    /// Whether texts of the same print are the same.
    @inline(__always)
    var isWhole: Bool { count <= 16 }
}

/// What the texts of an entry must be, as its full reader judges them.
enum EntryTexts {
    static func identity(_ text: String) -> Bool? {
        isRead { _ = try SPIFFEID(text) }
    }

    static func realm(_ text: String) -> Bool? {
        isRead { _ = try Realm(text) }
    }

    static func log(_ text: String) -> Bool? {
        isRead { _ = try LogOrigin(text) }
    }

    static func time(_ text: String) -> Timestamp? {
        do {
            return try Timestamp(rfc3339: text)
        } catch {
            return nil
        }
    }

    private static func isRead(_ read: () throws -> Void) -> Bool? {
        do {
            try read()
            return true
        } catch {
            return nil
        }
    }
}
