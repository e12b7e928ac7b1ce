import CanonicalEncoding
import CoalitionDirectory
import TransparencyLog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Texts that recur, each judged once: the few that came last are found by comparing bytes.
struct KnownTexts<Value> {
    private var known: [(text: [UInt8], value: Value)] = []
    private var next = 0
    private let capacity: Int
    private let judge: (String) -> Value?

    /// - Parameter judge: nil for a text that is none of what is expected; asked again each time.
    init(capacity: Int = 16, _ judge: @escaping (String) -> Value?) {
        self.capacity = capacity
        self.judge = judge
    }

    mutating func value(of text: UnsafeRawBufferPointer) -> Value? {
        for entry in known where entry.text.count == text.count {
            let isSame = entry.text.withUnsafeBytes { stored in
                guard let left = stored.baseAddress, let right = text.baseAddress else { return text.isEmpty }
                return memcmp(left, right, text.count) == 0
            }
            if isSame { return entry.value }
        }
        guard let value = judge(String(decoding: text, as: UTF8.self)) else { return nil }
        if known.count < capacity {
            known.append((Array(text), value))
        } else {
            known[next] = (Array(text), value)
            next = (next + 1) % capacity
        }
        return value
    }
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
