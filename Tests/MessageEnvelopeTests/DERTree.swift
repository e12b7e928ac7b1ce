/// DER as a tree that tests take apart, change and put together again; written for tests, so that what it checks is not
/// what it checks with.
struct DERTree: Equatable {
    var tag: UInt8
    var contents: [UInt8] = []
    var children: [DERTree] = []

    /// Bytes that are not DER.
    struct Malformed: Error {}

    init(_ tag: UInt8, contents: [UInt8]) {
        self.tag = tag
        self.contents = contents
    }

    init(_ tag: UInt8, _ children: [DERTree]) {
        self.tag = tag
        self.children = children
    }

    init(_ der: [UInt8]) throws {
        var rest = der[...]
        self = try Self.read(&rest)
        guard rest.isEmpty else { throw Malformed() }
    }

    private static func read(_ bytes: inout ArraySlice<UInt8>) throws -> DERTree {
        guard let tag = bytes.popFirst(), let first = bytes.popFirst() else { throw Malformed() }
        var size = Int(first)
        if first >= 0x80 {
            size = 0
            for _ in 0..<(first & 0x7F) {
                guard let octet = bytes.popFirst() else { throw Malformed() }
                size = size << 8 | Int(octet)
            }
        }
        guard bytes.count >= size else { throw Malformed() }
        var inside = bytes.prefix(size)
        bytes = bytes.dropFirst(size)
        guard tag & 0x20 != 0 else { return DERTree(tag, contents: Array(inside)) }
        var children: [DERTree] = []
        while !inside.isEmpty { children.append(try read(&inside)) }
        return DERTree(tag, children)
    }

    var der: [UInt8] {
        let inside = tag & 0x20 != 0 ? children.flatMap(\.der) : contents
        var size: [UInt8] = []
        if inside.count < 0x80 {
            size = [UInt8(inside.count)]
        } else {
            var rest = inside.count
            while rest > 0 {
                size.insert(UInt8(rest & 0xFF), at: 0)
                rest >>= 8
            }
            size.insert(0x80 | UInt8(size.count), at: 0)
        }
        return [tag] + size + inside
    }

    /// The node that is reached by taking these children one after the other.
    subscript(_ path: Int...) -> DERTree {
        get { self[path[...]] }
        set { self[path[...]] = newValue }
    }

    private subscript(_ path: ArraySlice<Int>) -> DERTree {
        get { path.first.map { children[$0][path.dropFirst()] } ?? self }
        set {
            guard let first = path.first else {
                self = newValue
                return
            }
            children[first][path.dropFirst()] = newValue
        }
    }
}
