/// A cursor over DER (X.690), for the few small forms that are checked without libcrypto.
///
/// Only minimal definite lengths and one-byte tags are accepted. Nothing is copied.
package struct DERSlice: Sendable {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// Whether everything has been read.
    package var isEmpty: Bool { rest.isEmpty }

    /// What has not been read yet.
    package var remaining: ArraySlice<UInt8> { rest }

    /// The tag of the next element; nil at the end.
    package var nextTag: UInt8? { rest.first }

    /// Reads the next element, whatever it is; nil when it is not DER or truncated.
    package mutating func element() -> (tag: UInt8, contents: ArraySlice<UInt8>)? {
        guard rest.count >= 2 else { return nil }
        var cursor = rest
        guard let tag = cursor.popFirst(), tag & 0x1f != 0x1f, let first = cursor.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            let digits = Int(first & 0x7f)
            guard (1...4).contains(digits), cursor.count >= digits, cursor.first != 0 else { return nil }
            count = cursor.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            cursor = cursor.dropFirst(digits)
            guard count >= 0x80 else { return nil }
        }
        guard cursor.count >= count else { return nil }
        rest = cursor.dropFirst(count)
        return (tag, cursor.prefix(count))
    }

    /// Reads the next element, which must have this tag, and answers its contents.
    package mutating func contents(tag: UInt8) -> ArraySlice<UInt8>? {
        guard nextTag == tag else { return nil }
        return element()?.contents
    }

    /// The inside of the one element that this slice is; nil when it has another tag or something follows.
    package func onlyElement(tag: UInt8) -> DERSlice? {
        var copy = self
        guard let contents = copy.contents(tag: tag), copy.isEmpty else { return nil }
        return DERSlice(contents)
    }

    /// Reads an INTEGER that is not negative, as big-endian bytes without leading zeros (none for zero).
    package mutating func unsignedInteger() -> [UInt8]? {
        guard let contents = contents(tag: 0x02), let first = contents.first, first < 0x80 else { return nil }
        if first == 0, contents.count > 1 {
            guard contents[contents.startIndex + 1] >= 0x80 else { return nil }
            return Array(contents.dropFirst())
        }
        return first == 0 ? [] : Array(contents)
    }
}

/// DER of the few small forms that are written without libcrypto.
package enum DERWriter {
    /// An element with this tag and these contents, its length in the minimal form.
    package static func element(tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
        guard contents.count >= 0x80 else { return [tag, UInt8(contents.count)] + contents }
        var length: [UInt8] = []
        var count = contents.count
        while count > 0 {
            length.insert(UInt8(count & 0xff), at: 0)
            count >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + contents
    }

    /// A SEQUENCE with these contents.
    package static func sequence(_ contents: [UInt8]) -> [UInt8] {
        element(tag: 0x30, contents)
    }

    /// An INTEGER of a big-endian number without leading zeros.
    package static func unsignedInteger(_ number: [UInt8]) -> [UInt8] {
        element(tag: 0x02, (number.first ?? 0x80) >= 0x80 ? [0] + number : number)
    }
}
