@testable import OpenSSLCrypto

/// DER as a tree that tests take apart, change and put together again.
struct DERNode: Equatable {
    var tag: UInt8
    var contents: [UInt8] = []
    var children: [DERNode] = []

    var isConstructed: Bool { tag & 0x20 != 0 }

    init(_ tag: UInt8, _ contents: [UInt8]) {
        self.tag = tag
        self.contents = contents
    }

    init(_ tag: UInt8, _ children: [DERNode]) {
        self.tag = tag
        self.children = children
    }

    init(_ der: [UInt8]) throws {
        var reader = DERReader(der)
        let element = try reader.readElement()
        try reader.finish()
        tag = element.tag.octet
        guard isConstructed else {
            contents = Array(der[element.contents])
            return
        }
        var inside = reader.enter(element)
        while !inside.isAtEnd {
            children.append(try DERNode(Array(der[try inside.readElement().range])))
        }
    }

    var der: [UInt8] {
        DERWriter.element(tag: tag, isConstructed ? children.flatMap(\.der) : contents)
    }

    /// The node that is reached by taking these children one after the other.
    subscript(_ path: Int...) -> DERNode {
        get { self[path[...]] }
        set { self[path[...]] = newValue }
    }

    private subscript(_ path: ArraySlice<Int>) -> DERNode {
        get { path.first.map { children[$0][path.dropFirst()] } ?? self }
        set {
            guard let first = path.first else {
                self = newValue
                return
            }
            children[first][path.dropFirst()] = newValue
        }
    }

    /// This tree with one more element at the end of one of its constructed nodes, for each of them.
    var withOneMoreElementAnywhere: [DERNode] {
        guard isConstructed else { return [] }
        var longer = self
        longer.children.append(.null)
        return [longer]
            + children.indices.flatMap { index in
                children[index].withOneMoreElementAnywhere.map { child in
                    var tree = self
                    tree.children[index] = child
                    return tree
                }
            }
    }

    static let null = DERNode(0x05, [UInt8]())
    static let empty = DERNode(0x30, [DERNode]())

    static func oid(_ text: String) -> DERNode {
        DERNode(0x06, ObjectIdentifier(dotted: text)?.contents ?? [])
    }
}

/// A SignedData as a tree, with names for its parts.
struct SignedDataTree {
    var root: DERNode

    init(_ der: [UInt8]) throws { root = try DERNode(der) }

    var der: [UInt8] { root.der }

    var signedData: DERNode {
        get { root[1, 0] }
        set { root[1, 0] = newValue }
    }
    var signerInfo: DERNode {
        get { signedData[3, 0] }
        set { signedData[3, 0] = newValue }
    }
    var signedAttributes: DERNode {
        get { signerInfo[3] }
        set { signerInfo[3] = newValue }
    }

    /// The index of an attribute among the signed ones.
    func index(of type: ObjectIdentifier) -> Int? {
        signedAttributes.children.firstIndex { $0[0].contents == type.contents }
    }

    /// Puts the attributes into DER order and signs them anew, so that only the form can be what is wrong.
    mutating func resign(with key: PrivateKey) throws {
        signedAttributes.children.sort { $0.der.lexicographicallyPrecedes($1.der) }
        var set = signedAttributes
        set.tag = 0x31
        signerInfo[5].contents = try key.sign(set.der)
    }
}
