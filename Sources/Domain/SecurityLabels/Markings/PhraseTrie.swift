/// Finds the longest of many phrases at a place in text, byte by byte, without making strings.
struct PhraseTrie: Sendable {
    private struct Node {
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        var value: Int32 = -1
    }

    private var nodes: [Node]
    private var edgeBytes: [UInt8] = []
    private var edgeTargets: [Int32] = []

    /// - Parameter phrases: Each phrase with its value, which is not negative. Of two values of one phrase the first stays.
    init(_ phrases: [(phrase: String, value: Int32)]) {
        var children: [[UInt8: Int32]] = [[:]]
        var values: [Int32] = [-1]
        for (phrase, value) in phrases {
            var node = 0
            for byte in phrase.utf8 {
                if let next = children[node][byte] {
                    node = Int(next)
                } else {
                    children[node][byte] = Int32(children.count)
                    node = children.count
                    children.append([:])
                    values.append(-1)
                }
            }
            if values[node] < 0 { values[node] = value }
        }
        nodes = values.map { Node(value: $0) }
        for (index, edges) in children.enumerated() {
            nodes[index].firstEdge = Int32(edgeBytes.count)
            nodes[index].edgeCount = Int32(edges.count)
            for (byte, target) in edges.sorted(by: { $0.key < $1.key }) {
                edgeBytes.append(byte)
                edgeTargets.append(target)
            }
        }
    }

    /// The value of the longest phrase that begins at `start` and ends at the end of a word, and where it ends.
    ///
    /// One space of a phrase matches any number of spaces.
    @inline(__always)
    func longestMatch(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (value: Int, end: Int)? {
        var found: (value: Int, end: Int)?
        var node = 0
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            guard let next = target(of: node, byte) else { break }
            node = next
            position += 1
            if byte == UInt8(ascii: " ") {
                while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
            }
            let value = nodes[node].value
            if value >= 0, byte == UInt8(ascii: "-") || Self.isBoundary(bytes, position) {
                found = (Int(value), position)
            }
        }
        return found
    }

    @inline(__always)
    private func target(of node: Int, _ byte: UInt8) -> Int? {
        let first = Int(nodes[node].firstEdge)
        let count = Int(nodes[node].edgeCount)
        for edge in first..<(first + count) where edgeBytes[edge] == byte { return Int(edgeTargets[edge]) }
        return nil
    }

    /// Whether no letter or digit goes on at the position.
    @inline(__always)
    static func isBoundary(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        guard position < bytes.count else { return true }
        switch bytes[position] {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return false
        case 0xE2:
            // General punctuation, such as the dash of `SECRET – UK EYES ONLY`.
            return position + 1 < bytes.count && bytes[position + 1] == 0x80
        case 0x80...0xFF:
            return false
        default:
            return true
        }
    }
}
