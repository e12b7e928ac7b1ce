package import CanonicalEncoding

/// What a hub knows of the custody of messages behind it, told to the node that brought them: one page of it, in the
/// order in which its log learned of it.
package struct CustodyPage: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        /// The entry of the hub's log by which it learned of the custody.
        package let index: UInt64
        /// The entry of the log of a node behind the hub.
        package let link: TransferLink

        package init(index: UInt64, link: TransferLink) {
            self.index = index
            self.link = link
        }
    }

    /// The most items of a page.
    package static let maximumItems = 128
    /// The longest JSON of a page, in bytes.
    package static let maximumSize = 2 << 20

    package let custody: [Item]
    /// The entry of the hub's log that the page reaches to: behind it one goes on.
    package let next: UInt64
    /// The last entry of the hub's log.
    package let last: UInt64

    package init(custody: [Item], next: UInt64, last: UInt64) {
        self.custody = custody
        self.next = next
        self.last = last
    }

    /// Whether the log goes on behind the page.
    package var hasMore: Bool { next < last }

    /// `{"custody": [{"index": <index>, "link": <link>}, ...], "last": <index>, "next": <index>}`.
    package var json: JSONValue {
        [
            "custody": .array(
                custody.map { ["index": .integer(Int64(clamping: $0.index)), "link": $0.link.json] }
            ),
            "last": .integer(Int64(clamping: last)), "next": .integer(Int64(clamping: next)),
        ]
    }

    package init(json: JSONValue) throws(TransferError) {
        guard let members = json.objectValue, Set(members.keys) == ["custody", "last", "next"],
            let list = members["custody"]?.arrayValue, list.count <= Self.maximumItems,
            let next = Self.index(members["next"]), let last = Self.index(members["last"]), next <= last
        else {
            throw TransferError(
                .malformedTransfer,
                "expected `custody`, \(Self.maximumItems) items at most, and the indices `next` and `last`"
            )
        }
        var custody: [Item] = []
        for element in list {
            guard let members = element.objectValue, Set(members.keys) == ["index", "link"],
                let index = Self.index(members["index"]), index <= next, index > custody.last?.index ?? 0,
                let link = members["link"]
            else {
                throw TransferError(
                    .malformedTransfer,
                    "expected items with `index` and `link`, in order, up to `next`"
                )
            }
            custody.append(Item(index: index, link: try TransferLink(json: link)))
        }
        self.init(custody: custody, next: next, last: last)
    }

    private static func index(_ json: JSONValue?) -> UInt64? {
        json?.integerValue.flatMap { UInt64(exactly: $0) }
    }
}
