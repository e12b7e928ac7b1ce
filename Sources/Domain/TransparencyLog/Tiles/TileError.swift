/// Why a tile or a set of tiles cannot be used.
public enum TileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path does not name a tile in the accepted form.
    case malformedPath(String)
    /// The bytes of a tile are not 1 to 256 whole hashes.
    case malformedBytes(count: Int)
    /// The tile does not hold as many hashes as its place and the size of the tree require.
    case wrongWidth(TileCoordinate, expected: Int, got: Int)
    /// The leaf is not in the tree of this size.
    case indexOutOfRange(index: UInt64, size: UInt64)
    /// A consistency proof leads from a smaller or equal tree to a larger one.
    case sizesReversed(from: UInt64, to: UInt64)
    /// A complete subtree of this height and index does not fit into 64 bits.
    case subtreeOutOfRange(height: Int, index: UInt64)

    public var description: String {
        switch self {
        case .malformedPath(let text):
            "tile path malformed: expected `tile/<level>/<index>` with an optional `.p/<width>`, got `\(text)`"
        case .malformedBytes(let count):
            "tile malformed: expected 1 to 256 hashes of 32 bytes, got \(count) bytes"
        case .wrongWidth(let coordinate, let expected, let got):
            "tile `\(coordinate)` has the wrong width: expected \(expected) hashes, got \(got)"
        case .indexOutOfRange(let index, let size):
            "leaf \(index) is not in a tree of \(size) leaves"
        case .sizesReversed(let from, let to):
            "consistency runs from a smaller tree to a larger one: got \(from) to \(to)"
        case .subtreeOutOfRange(let height, let index):
            "subtree \(index) of height \(height) lies beyond the largest tree"
        }
    }
}
