import CanonicalEncoding
import OpenSSLCrypto

extension Fork {
    /// The evidence as canonical JSON: the two notes whole, and what shows the conflict.
    public var bytes: [UInt8] { json.canonicalBytes }

    private var json: JSONValue {
        var members: [String: JSONValue] = [
            "version": 1,
            "claim": .string(claimName),
            "first": .string(String(decoding: first.bytes, as: UTF8.self)),
            "second": .string(String(decoding: second.bytes, as: UTF8.self)),
        ]
        switch claim {
        case .sameSize, .rollback:
            break
        case .leaf(let index, let left, let right):
            // A number of 64 bits is a text: not every reader of JSON keeps one.
            members["index"] = .string(String(index))
            members["leaves"] = [Self.json(left), Self.json(right)]
        case .failedProof(let path):
            members["path"] = Self.json(path)
        }
        return .object(members)
    }

    private static func json(_ inclusion: Inclusion) -> JSONValue {
        ["leaf": .string(Base64.encode(inclusion.leaf.bytes)), "path": json(inclusion.path)]
    }

    private static func json(_ path: [SHA256Digest]) -> JSONValue {
        .array(path.map { .string(Base64.encode($0.bytes)) })
    }

    /// The evidence that `bytes` spell, if its claim holds; ``bytes`` are then the same.
    ///
    /// - Throws: ``ForkError``
    public init(parsing bytes: [UInt8]) throws(ForkError) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, maximumSize: 4 * SignedNote.maximumByteCount)
        } catch {
            throw .malformed(reason: "\(error)")
        }
        guard case .object(let members) = value, members["version"] == 1 else {
            throw .malformed(reason: "expected an object of version 1")
        }
        let claim: Claim
        switch members["claim"] {
        case "same-size":
            claim = .sameSize
        case "leaf":
            guard case .string(let text)? = members["index"], let index = CanonicalDecimal.parse(text.utf8),
                case .array(let leaves)? = members["leaves"], leaves.count == 2
            else { throw .malformed(reason: "expected `index` and two `leaves`") }
            claim = .leaf(index: index, first: try Self.inclusion(leaves[0]), second: try Self.inclusion(leaves[1]))
        case "failed-proof":
            claim = .failedProof(try Self.path(members["path"]))
        case "rollback":
            claim = .rollback
        default:
            throw .malformed(reason: "expected a `claim` of `same-size`, `leaf`, `failed-proof` or `rollback`")
        }
        try self.init(
            first: try Self.note(members["first"], "first"),
            second: try Self.note(members["second"], "second"),
            claim: claim
        )
        guard self.bytes == bytes else { throw .malformed(reason: "expected the one spelling that it has") }
    }

    private static func note(_ value: JSONValue?, _ name: String) throws(ForkError) -> SignedCheckpoint {
        guard case .string(let text)? = value else { throw .malformed(reason: "expected a note in `\(name)`") }
        do {
            return try SignedCheckpoint(parsing: Array(text.utf8))
        } catch {
            throw .malformed(reason: "\(name): \(error)")
        }
    }

    private static func inclusion(_ value: JSONValue) throws(ForkError) -> Inclusion {
        guard case .object(let members) = value, let leaf = members["leaf"] else {
            throw .malformed(reason: "expected a `leaf` with its `path`")
        }
        return Inclusion(leaf: try hash(leaf), path: try path(members["path"]))
    }

    private static func path(_ value: JSONValue?) throws(ForkError) -> [SHA256Digest] {
        guard case .array(let values)? = value, values.count <= 65 else {
            throw .malformed(reason: "expected a `path` of at most 65 hashes")
        }
        var hashes: [SHA256Digest] = []
        for value in values { hashes.append(try hash(value)) }
        return hashes
    }

    private static func hash(_ value: JSONValue) throws(ForkError) -> SHA256Digest {
        guard case .string(let text) = value, let hash = Base64.decode(text).flatMap({ SHA256Digest($0) }) else {
            throw .malformed(reason: "expected a hash of 32 bytes in base 64")
        }
        return hash
    }
}
