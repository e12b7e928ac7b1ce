/// The resource path of a tile of a certain width: `tile/<level>/<index>` or, partial, `tile/<level>/<index>.p/<width>`
/// (C2SP tlog-tiles, "Merkle Tree").
public struct TilePath: Hashable, Sendable, CustomStringConvertible {
    /// Where the tile stands in the tree.
    public let coordinate: TileCoordinate
    /// The number of hashes: 1 to 255 for a partial tile, 256 for a full one.
    public let width: Int

    /// The path of a tile that holds `width` hashes.
    ///
    /// - Precondition: `width` is within 1 and 256.
    public init(_ coordinate: TileCoordinate, width: Int) {
        precondition((1...TileCoordinate.fullWidth).contains(width), "a tile holds 1 to 256 hashes, not \(width)")
        self.coordinate = coordinate
        self.width = width
    }

    /// The path that `text` spells, if it does so in the one accepted form.
    ///
    /// - Throws: ``TileError/malformedPath(_:)``
    public init(parsing text: String) throws(TileError) {
        guard let path = Self.parse(text) else { throw .malformedPath(text) }
        self = path
    }

    public var description: String { coordinate.path(width: width) }

    private static func parse(_ text: String) -> TilePath? {
        // The longest path is that of an index of 20 digits in seven elements: nothing longer is looked at.
        guard text.utf8.count <= 64 else { return nil }
        var elements = text.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard elements.popFirst() == "tile",
            let level = elements.popFirst().flatMap({ decimal($0, maximum: 63) })
        else { return nil }
        var width = UInt64(TileCoordinate.fullWidth)
        if elements.count >= 2, elements[elements.endIndex - 2].hasSuffix(".p") {
            guard let partial = elements.popLast().flatMap({ decimal($0, maximum: 255) }), partial > 0,
                let last = elements.popLast()
            else { return nil }
            width = partial
            elements.append(last.dropLast(2))
        }
        guard let index = index(elements) else { return nil }
        return TilePath(TileCoordinate(level: UInt8(level), index: index), width: Int(width))
    }

    private static func index(_ elements: ArraySlice<Substring>) -> UInt64? {
        guard let last = elements.last else { return nil }
        // A leading `x000` would give a second spelling of the same index.
        if elements.count > 1, elements.first == "x000" { return nil }
        var index: UInt64 = 0
        for element in elements.dropLast().map({ $0.hasPrefix("x") ? $0.dropFirst() : "" }) + [last] {
            guard element.utf8.count == 3, element.utf8.allSatisfy(isDigit), let part = UInt64(element) else {
                return nil
            }
            let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
            let (sum, carry) = product.addingReportingOverflow(part)
            guard !overflow, !carry else { return nil }
            index = sum
        }
        return index
    }

    private static func decimal(_ text: Substring, maximum: UInt64) -> UInt64? {
        guard let value = CanonicalDecimal.parse(text.utf8), value <= maximum else { return nil }
        return value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension TileCoordinate {
    /// The path of this tile when it holds `width` hashes.
    ///
    /// - Precondition: `width` is within 1 and 256.
    public func path(width: Int) -> String {
        precondition((1...Self.fullWidth).contains(width), "a tile holds 1 to 256 hashes, not \(width)")
        var remaining = index / 1000
        var text = Self.threeDigits(index % 1000)
        while remaining > 0 {
            text = "x" + Self.threeDigits(remaining % 1000) + "/" + text
            remaining /= 1000
        }
        return "tile/\(level)/\(text)" + (width == Self.fullWidth ? "" : ".p/\(width)")
    }

    private static func threeDigits(_ value: UInt64) -> String {
        let digits = String(value)
        return String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
}
