import CanonicalEncoding

/// How the objects of a STIX 2.1 file are marked.
public struct STIXMarkings: Hashable, Sendable {
    /// One object that is not itself a marking definition.
    public struct Object: Hashable, Sendable {
        public let id: String
        public let type: String
        /// The most restrictive marking of the object and its parts; nil where it has none of the Traffic Light Protocol.
        public let tlp: TLPMarking?
        /// Identifiers of its markings that are not of the Traffic Light Protocol, in ascending order.
        public let otherMarkings: [String]
    }

    /// The objects in the order of the file.
    public let objects: [Object]

    /// The most restrictive marking of all objects; nil where none has one.
    ///
    /// It says nothing about ``unmarked`` objects: no marking is no permission.
    public var mostRestrictive: TLPMarking? { objects.compactMap(\.tlp).max() }

    /// Identifiers of the objects without a marking of the Traffic Light Protocol.
    public var unmarked: [String] { objects.filter { $0.tlp == nil }.map(\.id) }

    /// Identifiers of all markings that are not of the Traffic Light Protocol, in ascending order.
    public var otherMarkings: [String] { Set(objects.flatMap(\.otherMarkings)).sorted() }

    /// Reads the markings of a bundle, or of a single object.
    ///
    /// What counts is the identifier that an object refers to; a definition in the file that contradicts its own
    /// identifier, or that claims to be of the Traffic Light Protocol under another one, is refused. Markings of an
    /// object's parts count for the object. Numbers are checked for their form and not read.
    /// - Throws: `STIXError` with the place of the first thing that is refused.
    public static func parse(
        stix bytes: [UInt8],
        maximumSize: Int = 16 << 20
    ) throws(STIXError) -> STIXMarkings {
        let root: JSONValue
        do {
            root = try JSONValue.parse(JSONNumbers.blanked(bytes), maximumSize: maximumSize, maximumDepth: 64)
        } catch {
            throw STIXError(path: "", message: "\(error)")
        }
        let top = try STIXItem(root, path: "")
        guard try top.string("type") == "bundle" else { return STIXMarkings(objects: try read([top])) }
        var items: [STIXItem] = []
        for (index, object) in (try top.array("objects") ?? []).enumerated() {
            items.append(try STIXItem(object, path: "objects[\(index)]"))
        }
        guard !items.isEmpty else { throw STIXError(path: "", message: "expected `objects` in the bundle, got none") }
        return STIXMarkings(objects: try read(items))
    }

    private static func read(_ items: [STIXItem]) throws(STIXError) -> [Object] {
        var objects: [Object] = []
        for item in items {
            let type = try item.string("type")
            let id = try item.string("id")
            guard id.hasPrefix("\(type)--") else {
                throw item.error("expected an `id` that begins with `\(type)--`, got `\(id)`")
            }
            if type == "marking-definition" { try check(item, id: id.lowercased()) }
            let references = try item.markings()
            guard type != "marking-definition" else { continue }
            let markings = references.map { ($0, TLPMarking(markingDefinitionID: $0)) }
            objects.append(
                Object(
                    id: id,
                    type: type,
                    tlp: markings.compactMap(\.1).max(),
                    otherMarkings: Set(markings.filter { $0.1 == nil }.map(\.0)).sorted()
                )
            )
        }
        return objects
    }

    /// Refuses a definition that says another colour than its identifier, or a colour under an identifier of its own.
    private static func check(_ item: STIXItem, id: String) throws(STIXError) {
        var claims: [String] = []
        if let definition = try item.object("definition"), let colour = try definition.optionalString("tlp") {
            claims.append(colour)
        }
        if let extensions = try item.object("extensions"),
            let tlp = try extensions.object(TLPMarking.extensionID),
            let colour = try tlp.optionalString("tlp_2_0")
        {
            claims.append(colour)
        }
        if let name = try item.optionalString("name"), name.uppercased().hasPrefix("TLP:") {
            claims.append(String(name.dropFirst(4)))
        }
        let marking = TLPMarking(markingDefinitionID: id)
        for claim in claims where claim.lowercased() != marking?.colour {
            throw item.error(
                marking.map { "expected the definition of \($0), got one of `\(claim)`" }
                    ?? "expected a definition of `TLP:\(claim.uppercased())` under one of the protocol's fixed identifiers, "
                    + "got `\(id)`"
            )
        }
    }
}

/// An object of the file with its place, for messages.
private struct STIXItem {
    let members: [String: JSONValue]
    let path: String

    init(_ value: JSONValue, path: String) throws(STIXError) {
        guard case .object(let members) = value else {
            throw STIXError(path: path, message: "expected an object of STIX, got \(value.kindInWords)")
        }
        self.members = members
        self.path = path
    }

    func error(_ message: String, at member: String? = nil) -> STIXError {
        let parts = [path, member ?? ""].filter { !$0.isEmpty }
        return STIXError(path: parts.joined(separator: "."), message: message)
    }

    func string(_ key: String) throws(STIXError) -> String {
        guard let value = try optionalString(key) else { throw error("expected a text, got nothing", at: key) }
        return value
    }

    func optionalString(_ key: String) throws(STIXError) -> String? {
        guard let member = members[key] else { return nil }
        guard case .string(let text) = member else {
            throw error("expected a text, got \(member.kindInWords)", at: key)
        }
        return text
    }

    func array(_ key: String) throws(STIXError) -> [JSONValue]? {
        guard let member = members[key] else { return nil }
        guard case .array(let values) = member else {
            throw error("expected a list, got \(member.kindInWords)", at: key)
        }
        return values
    }

    func object(_ key: String) throws(STIXError) -> STIXItem? {
        guard let member = members[key] else { return nil }
        return try STIXItem(member, path: error("", at: key).path)
    }

    /// The identifiers of the markings of the object and of its parts.
    func markings() throws(STIXError) -> [String] {
        var references: [String] = []
        for value in try array("object_marking_refs") ?? [] {
            guard case .string(let text) = value else {
                throw error("expected a list of texts, got \(value.kindInWords) in it", at: "object_marking_refs")
            }
            references.append(try marking(text, at: "object_marking_refs"))
        }
        for (index, value) in (try array("granular_markings") ?? []).enumerated() {
            let place = "granular_markings[\(index)]"
            let part = try STIXItem(value, path: error("", at: place).path)
            // A part may be marked with its language alone.
            guard let text = try part.optionalString("marking_ref") else { continue }
            references.append(try marking(text, at: "\(place).marking_ref"))
        }
        return references
    }

    private func marking(_ text: String, at member: String) throws(STIXError) -> String {
        let prefix = "marking-definition--"
        guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + 36 else {
            throw error("expected the identifier of a marking definition, got `\(text)`", at: member)
        }
        return text.lowercased()
    }
}

extension JSONValue {
    /// What kind of value it is, for errors.
    fileprivate var kindInWords: String {
        switch self {
        case .null: "nothing"
        case .bool: "true or false"
        case .integer: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
