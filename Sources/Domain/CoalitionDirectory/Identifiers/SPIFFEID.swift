/// The identity that a certificate carries in its one URI: `spiffe://gbr.example/node/gbr-1`.
///
/// One spelling per identity: lower case, no port, user, query, fragment, escape or trailing slash. Stricter than the
/// SPIFFE ID standard, which allows any path.
public struct SPIFFEID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The host: whose roots count.
    public let trustDomain: TrustDomain
    /// The path: who it is there.
    public let principal: Principal

    /// The ID of a principal in a trust domain.
    public init(trustDomain: TrustDomain, principal: Principal) {
        self.trustDomain = trustDomain
        self.principal = principal
    }

    /// The ID of a node.
    public init(node: NodeName, in trustDomain: TrustDomain) {
        self.init(trustDomain: trustDomain, principal: .node(node))
    }

    /// The ID of a mailbox.
    public init(mailbox: MailboxName, in trustDomain: TrustDomain) {
        self.init(trustDomain: trustDomain, principal: .mailbox(mailbox))
    }

    /// Parses `spiffe://<trust domain>/<kind>/<name>` and nothing else.
    public init(_ text: String) throws(IdentifierError) {
        let scheme = "spiffe://"
        guard text.utf8.starts(with: scheme.utf8) else {
            throw IdentifierError("SPIFFE ID", text, "expected it to begin with `\(scheme)`")
        }
        let parts = text.utf8.dropFirst(scheme.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw IdentifierError("SPIFFE ID", text, "expected `spiffe://<trust domain>/<kind>/<name>`")
        }
        let segments = parts.map { String(decoding: $0, as: UTF8.self) }
        guard let kind = PrincipalKind(rawValue: segments[1]) else {
            let kinds = PrincipalKind.allCases.map { "`\($0)`" }.joined(separator: ", ")
            throw IdentifierError(
                "SPIFFE ID",
                text,
                "expected one of \(kinds), got `\(IdentifierError.printable(segments[1]))`"
            )
        }
        do {
            trustDomain = try TrustDomain(segments[0])
            principal = try Principal(kind: kind, name: segments[2])
        } catch {
            throw IdentifierError("SPIFFE ID", text, error.description)
        }
    }

    /// The first path segment.
    public var kind: PrincipalKind { principal.kind }

    /// The last path segment, whatever the kind.
    public var name: String { principal.name }

    /// The node's name when this is a node.
    public var node: NodeName? {
        if case .node(let name) = principal { name } else { nil }
    }

    /// The mailbox's name when this is a mailbox.
    public var mailbox: MailboxName? {
        if case .mailbox(let name) = principal { name } else { nil }
    }

    /// The URI, in the spelling that `init(_:)` reads.
    public var description: String {
        // Every entry of a log has some: adding texts costs a third of interpolating them.
        "spiffe://" + trustDomain.rawValue + "/" + kind.rawValue + "/" + name
    }

    public static func < (left: SPIFFEID, right: SPIFFEID) -> Bool { left.description < right.description }
}
