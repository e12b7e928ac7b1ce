import CanonicalEncoding
public import OpenSSLCrypto

/// Which sheets a directory consists of. Its ``hash`` names the state of a directory in log entries.
///
/// ``bytes`` is canonical JSON: `{"realm":…,"sheets":[{"sheet":<SHA-256 of the sheet>,"trust-domain":…},…]}`, in the order
/// of the trust domains.
public struct DirectoryState: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public let trustDomain: TrustDomain
        /// The digest of the signed sheet.
        public let sheet: SHA256Digest
    }

    public let realm: Realm
    public let members: [Member]
    public let bytes: [UInt8]

    public var hash: SHA256Digest { .hash(bytes) }

    /// Not a state: the reason.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    init(of sheets: [SignedSheet], realm: Realm) {
        self.init(
            realm: realm,
            members: sheets.map { Member(trustDomain: $0.sheet.trustDomain, sheet: $0.digest) }
                .sorted { $0.trustDomain < $1.trustDomain }
        )
    }

    private init(realm: Realm, members: [Member]) {
        self.realm = realm
        self.members = members
        let sheets = members.map { member -> JSONValue in
            ["sheet": .string(member.sheet.hex), "trust-domain": .string(member.trustDomain.rawValue)]
        }
        bytes = JSONValue.object(["realm": .string(realm.rawValue), "sheets": .array(sheets)]).canonicalBytes
    }

    /// The state that `bytes` spell; ``bytes`` are then the same.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        do {
            let json = try JSONValue.parseCanonical(bytes, maximumSize: 1 << 20, maximumDepth: 4)
            let realm = try json["realm"]?.stringValue.map { try Realm($0) }
            let members = try (json["sheets"]?.arrayValue ?? []).map { member -> Member? in
                guard
                    let sheet = member["sheet"]?.stringValue.flatMap({ Hex.decode($0) }).flatMap({ SHA256Digest($0) }),
                    let trustDomain = member["trust-domain"]?.stringValue
                else { return nil }
                return Member(trustDomain: try TrustDomain(trustDomain), sheet: sheet)
            }
            guard let realm, !members.contains(nil) else {
                throw Malformed(description: "expected a realm, and sheets with digest and trust domain")
            }
            self.init(realm: realm, members: members.compactMap(\.self))
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
        guard self.bytes == bytes else {
            throw Malformed(
                description: "expected the members `realm` and `sheets` alone, in the order of trust domains"
            )
        }
        let ordered = zip(members, members.dropFirst()).allSatisfy { $0.trustDomain < $1.trustDomain }
        guard ordered else { throw Malformed(description: "expected sheets in the order of their trust domains") }
    }
}

extension Directory {
    /// The signed sheets, in the order of their trust domains.
    public var sheets: [SignedSheet] { trustDomains.values.sorted { $0.sheet.trustDomain < $1.sheet.trustDomain } }
}
