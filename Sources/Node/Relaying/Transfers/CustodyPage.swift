package import CanonicalEncoding

/// What a hub knows of the custody of messages behind it, told to the node that brought them: one page of it, in the
/// order in which its log learned of it.
package struct CustodyPage: Hashable, Sendable {
    /// The most entries of its log that a hub looks through for a page.
    package static let maximumLinks = 128
    /// The longest JSON that is read, in bytes.
    package static let maximumSize = 4 << 20

    /// Entries of the logs of nodes behind the hub.
    package let links: [TransferLink]
    /// The entry of the hub's log that the page reaches to: behind it one goes on.
    package let next: UInt64
    /// The last entry of the hub's log.
    package let last: UInt64

    package init(links: [TransferLink], next: UInt64, last: UInt64) {
        self.links = links
        self.next = next
        self.last = last
    }

    /// Whether there is more at once.
    package var isFull: Bool { next < last }

    /// `{"last": <index>, "links": [<link>, ...], "next": <index>}`.
    package var json: JSONValue {
        [
            "last": .integer(Int64(clamping: last)), "links": .array(links.map(\.json)),
            "next": .integer(Int64(clamping: next)),
        ]
    }

    package init(json: JSONValue) throws(TransferError) {
        guard let members = json.objectValue, Set(members.keys) == ["last", "links", "next"],
            let list = members["links"]?.arrayValue, list.count <= Self.maximumLinks,
            let next = members["next"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
            let last = members["last"]?.integerValue.flatMap({ UInt64(exactly: $0) }), next <= last
        else {
            throw TransferError(
                .malformedTransfer,
                "expected `links`, \(Self.maximumLinks) at most, and the indices `next` and `last`"
            )
        }
        var links: [TransferLink] = []
        for element in list { links.append(try TransferLink(json: element)) }
        self.init(links: links, next: next, last: last)
    }
}
