/// The place of a tile of height 8 in the tree (C2SP tlog-tiles).
///
/// The tile `index` of `level` holds up to 256 consecutive nodes, each the root of `256^level` leaves.
public struct TileCoordinate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of hashes in a full tile.
    public static let fullWidth = 256
    /// The number of levels that a tree of 64-bit size can have.
    public static let levelCount: UInt8 = 8

    /// 0 for tiles of leaf hashes.
    public let level: UInt8
    /// The position of the tile within its level.
    public let index: UInt64

    /// A coordinate; whether a tree has such a tile depends on its size.
    public init(level: UInt8, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// The number of hashes that the tile holds in a tree of `size` leaves: 0 to 256.
    public func width(inTreeOfSize size: UInt64) -> Int {
        let nodes = size >> (8 * UInt64(level))
        guard nodes / 256 >= index else { return 0 }
        return nodes / 256 > index ? Self.fullWidth : Int(nodes % 256)
    }

    /// Orders by level, then by index.
    public static func < (left: Self, right: Self) -> Bool {
        (left.level, left.index) < (right.level, right.index)
    }

    /// The path of the full tile, as in `tile/0/x001/234`.
    public var description: String { path(width: Self.fullWidth) }
}
