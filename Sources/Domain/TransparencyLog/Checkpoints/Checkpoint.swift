import CanonicalEncoding
import OpenSSLCrypto

/// The head of a named log: what a log signs (C2SP tlog-checkpoint, "Note text").
///
/// Two checkpoints are equal when their texts are.
public struct Checkpoint: Hashable, Sendable {
    /// Which log.
    public let origin: LogOrigin
    /// Its size, and its root at that size.
    public let head: TreeHead
    /// Opaque lines after the root hash; Entente writes none and keeps what others write.
    public let extensionLines: [String]
    /// The text of the note: three lines and the extension lines.
    public let text: [UInt8]

    /// The checkpoint of a log without extension lines.
    public init(origin: LogOrigin, head: TreeHead) {
        self.init(origin: origin, head: head, checkedExtensionLines: [])
    }

    /// The checkpoint of a log with extension lines.
    ///
    /// - Throws: ``CheckpointError/malformed(reason:)`` for an extension line that is empty or has control characters.
    public init(origin: LogOrigin, head: TreeHead, extensionLines: [String]) throws(CheckpointError) {
        for line in extensionLines {
            guard !line.isEmpty, line.utf8.allSatisfy({ $0 >= 0x20 }) else {
                throw .malformed(reason: "expected extension lines that are not empty and have no control characters")
            }
        }
        self.init(origin: origin, head: head, checkedExtensionLines: extensionLines)
    }

    /// The largest tree that is read of others: larger numbers are not the same in all JSON readers (RFC 8259 section 6),
    /// and no log gets there.
    public static let maximumSize: UInt64 = 1 << 53

    /// The checkpoint that the text of a note spells; it encodes again to the same bytes.
    ///
    /// - Throws: ``CheckpointError``
    public init(parsing text: [UInt8]) throws(CheckpointError) {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw .malformed(reason: "expected valid UTF-8")
        }
        // Split as scalars: to characters, a carriage return and a newline are one.
        let lines = string.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 4, lines.last == "" else {
            throw .malformed(reason: "expected at least three lines, each ending in a newline")
        }
        guard let size = CanonicalDecimal.parse(lines[1].utf8) else {
            throw .malformed(reason: "expected a decimal tree size without leading zeros, got `\(lines[1])`")
        }
        guard size <= Self.maximumSize else {
            throw .malformed(reason: "expected a tree of \(Self.maximumSize) leaves at most, got `\(lines[1])`")
        }
        guard let root = Base64.decode(lines[2]).flatMap({ SHA256Digest($0) }) else {
            throw .malformed(reason: "expected a root hash of 32 bytes in base 64, got `\(lines[2])`")
        }
        guard size > 0 || root == MerkleTree.emptyRoot else {
            throw .malformed(reason: "expected the root of the empty tree at size 0, got `\(lines[2])`")
        }
        try self.init(
            origin: try LogOrigin(lines[0]),
            head: TreeHead(size: size, root: root),
            extensionLines: Array(lines[3...].dropLast())
        )
    }

    private init(origin: LogOrigin, head: TreeHead, checkedExtensionLines lines: [String]) {
        self.origin = origin
        self.head = head
        extensionLines = lines
        let allLines = [origin.rawValue, String(head.size), Base64.encode(head.root.bytes)] + lines
        text = allLines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
