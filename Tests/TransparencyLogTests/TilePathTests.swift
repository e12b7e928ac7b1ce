import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A tile path` {
    static let spellings: [(String, TilePath)] = [
        ("tile/0/000", TilePath(TileCoordinate(level: 0, index: 0), width: 256)),
        ("tile/0/x001/234", TilePath(TileCoordinate(level: 0, index: 1_234), width: 256)),
        ("tile/0/x001/x234/067", TilePath(TileCoordinate(level: 0, index: 1_234_067), width: 256)),
        ("tile/1/001.p/17", TilePath(TileCoordinate(level: 1, index: 1), width: 17)),
        ("tile/2/000.p/1", TilePath(TileCoordinate(level: 2, index: 0), width: 1)),
        ("tile/0/x999/999.p/255", TilePath(TileCoordinate(level: 0, index: 999_999), width: 255)),
        ("tile/0/x001/x000/000", TilePath(TileCoordinate(level: 0, index: 1_000_000), width: 256)),
        ("tile/63/000", TilePath(TileCoordinate(level: 63, index: 0), width: 256)),
        (
            "tile/0/x018/x446/x744/x073/x709/x551/615",
            TilePath(TileCoordinate(level: 0, index: .max), width: 256)
        ),
    ]

    @Test(arguments: spellings)
    func `is printed and parsed in the form of the specification`(text: String, path: TilePath) throws {
        #expect(path.description == text)
        #expect(try TilePath(parsing: text) == path)
    }

    @Test func `of any coordinate and width parses again`() throws {
        var numbers = RepeatableNumbers(seed: 4)
        for _ in 0..<2_000 {
            let coordinate = TileCoordinate(
                level: .random(in: 0...63, using: &numbers),
                index: numbers.next() >> UInt64.random(in: 0...63, using: &numbers)
            )
            let path = TilePath(coordinate, width: .random(in: 1...256, using: &numbers))
            #expect(try TilePath(parsing: path.description) == path)
        }
    }

    @Test(arguments: [
        "", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "TILE/0/000",
        "tiles/0/000",
        "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/a/000", "tile/ 0/000",
        "tile/256/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1234", "tile/0/x000/001",
        "tile/0/x000/x001/234",
        "tile/0/001/234", "tile/0/x001", "tile/0/x001/x234", "tile/0/X001/234", "tile/0/xx01/234", "tile/0/x01/234",
        "tile/0/x0001/234", "tile/0/00a", "tile/0/+01", "tile/0/-01", "tile/0/0 1", "tile/0/x001//234", "tile/0/000.p",
        "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1", "tile/0/000.p/+1",
        "tile/0/000.p/1/", "tile/0/000.p/1/2", "tile/0/000.p/a", "tile/0/000/p/1", "tile/0/x001.p/234", "tile/0/.p/1",
        "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x018/x446/x744/x073/x709/x551/615", "tile/0/\u{0660}\u{0660}\u{0661}", "tile/entries/000",
        "tile/0/000\n", "tile/0/000\u{0}",
    ])
    func `is refused in any other form`(text: String) {
        #expect(throws: TileError.malformedPath(text)) { try TilePath(parsing: text) }
    }

    @Test func `cut short or with a changed character, is refused or names another tile`() throws {
        for (text, path) in Self.spellings {
            let characters = Array(text.utf8)
            for position in characters.indices {
                let cut = String(decoding: characters[..<position], as: UTF8.self)
                if let other = try? TilePath(parsing: cut) { #expect(other != path) }
                for replacement in UInt8(0x20)..<0x7f where replacement != characters[position] {
                    var changed = characters
                    changed[position] = replacement
                    let changedText = String(decoding: changed, as: UTF8.self)
                    if let other = try? TilePath(parsing: changedText) {
                        #expect(other != path)
                        #expect(other.description == changedText)
                    }
                }
            }
        }
    }
}

@Suite struct `A tile` {
    @Test func `is as wide as the tree of a size makes it`() {
        // The example of C2SP tlog-tiles, "Partial Tiles".
        #expect(TileCoordinate(level: 0, index: 272).width(inTreeOfSize: 70_000) == 256)
        #expect(TileCoordinate(level: 0, index: 273).width(inTreeOfSize: 70_000) == 112)
        #expect(TileCoordinate(level: 0, index: 274).width(inTreeOfSize: 70_000) == 0)
        #expect(TileCoordinate(level: 1, index: 0).width(inTreeOfSize: 70_000) == 256)
        #expect(TileCoordinate(level: 1, index: 1).width(inTreeOfSize: 70_000) == 17)
        #expect(TileCoordinate(level: 2, index: 0).width(inTreeOfSize: 70_000) == 1)
        #expect(TileCoordinate(level: 3, index: 0).width(inTreeOfSize: 70_000) == 0)
        #expect(TileCoordinate(level: 63, index: 0).width(inTreeOfSize: .max) == 0)
        #expect(TileCoordinate(level: 7, index: 0).width(inTreeOfSize: .max) == 255)
    }

    @Test func `is ordered by level and then by index`() {
        let sorted = [
            TileCoordinate(level: 0, index: 1), TileCoordinate(level: 0, index: 300),
            TileCoordinate(level: 1, index: 0),
        ]
        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test(arguments: [1, 2, 255, 256])
    func `has 32 bytes for each hash and reads back`(width: Int) throws {
        let hashes = leafHashes(width)
        let bytes = TileBytes.encode(hashes)
        #expect(bytes == hashes.flatMap(\.bytes))
        #expect(try TileBytes.decode(bytes) == hashes)
    }

    @Test(arguments: [0, 1, 31, 33, 63, 8_191, 8_193, 8_224])
    func `of any other length is refused`(count: Int) {
        #expect(throws: TileError.malformedBytes(count: count)) {
            try TileBytes.decode([UInt8](repeating: 0, count: count))
        }
    }
}
