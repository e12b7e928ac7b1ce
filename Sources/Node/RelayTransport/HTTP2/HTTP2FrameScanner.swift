import NIOCore

/// Follows the frames of an HTTP/2 connection in its bytes (RFC 9113 section 4.1), of which it holds none.
struct HTTP2FrameScanner {
    struct Header: Hashable {
        static let size = 9
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let goAway: UInt8 = 7
        static let continuation: UInt8 = 9

        let length: Int
        let type: UInt8
        let flags: UInt8

        var isAcknowledgement: Bool { self.flags & 1 != 0 }
        var endsHeaders: Bool { self.flags & 4 != 0 }
    }

    enum Step: Hashable {
        /// So many bytes of a frame's payload, or of the preface.
        case bytes(Int)
        /// A frame begins here, with the header's nine bytes.
        case header(Header)
        /// Too few bytes for a header.
        case incomplete
    }

    /// What is left of the preface and of the current frame.
    private(set) var left: Int

    /// - Parameter preface: how many bytes come before the first frame.
    init(preface: Int) {
        self.left = preface
    }

    /// The next step in the bytes from `index` on, of which there is at least one.
    mutating func step(in buffer: ByteBuffer, at index: Int) -> Step {
        let available = buffer.writerIndex - index
        if self.left > 0 {
            let count = min(self.left, available)
            self.left -= count
            return .bytes(count)
        }
        guard available >= Header.size, let word = buffer.getInteger(at: index, as: UInt32.self),
            let flags = buffer.getInteger(at: index + 4, as: UInt8.self)
        else { return .incomplete }
        self.left = Int(word >> 8)
        return .header(Header(length: self.left, type: UInt8(truncatingIfNeeded: word), flags: flags))
    }
}
