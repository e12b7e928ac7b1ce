import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import RelayStorage
import Relaying

extension EntryFilter {
    /// The largest page, and the one that is given when none is asked for.
    static let largestLimit = 1000
    static let usualLimit = 100

    /// The filter that the query spells: `kind` and `outcome` (several of each), `peer`, `domain`, `message`, `rule`,
    /// `mailbox`, `label`, `text`, `since`, `until`, `after`, `before`, `limit`, `reverse`.
    init(_ query: QueryFields) throws(OperatorProblem) {
        var query = query
        self.init(
            kinds: try Self.named("kind", query.all("kind")),
            outcomes: try Self.named("outcome", query.all("outcome")),
            peer: try query.one("peer", expected: "a SPIFFE ID", Self.identity),
            domain: try query.one("domain", expected: "a trust domain") { text in
                Self.domain(text)
            },
            message: try query.one("message", expected: "a message id") { MessageID($0) },
            rule: try query.one("rule"),
            mailbox: try query.one("mailbox", expected: "a mailbox such as `GBR/j2-fusion`") { text in
                Self.mailbox(text)
            },
            label: try query.one("label"),
            text: try query.one("text"),
            since: try query.one("since", expected: Self.timeForm, Self.time),
            until: try query.one("until", expected: Self.timeForm, Self.time),
            after: try query.one("after", expected: "an index") { UInt64($0) },
            before: try query.one("before", expected: "an index") { UInt64($0) },
            isReversed: try query.one("reverse", expected: "`true` or `false`") { Bool($0) } ?? false,
            limit: try query.one("limit", expected: "a number from 1 to \(Self.largestLimit)") { text in
                Int(text).flatMap { (1...Self.largestLimit).contains($0) ? $0 : nil }
            } ?? Self.usualLimit
        )
        try query.finish()
    }

    private static let timeForm = "`YYYY-MM-DDTHH:MM:SS.mmmZ` or `YYYY-MM-DD`"

    private static func identity(_ text: String) -> SPIFFEID? { optional(try SPIFFEID(text)) }

    private static func domain(_ text: String) -> TrustDomain? { optional(try TrustDomain(text)) }

    private static func mailbox(_ text: String) -> MailboxAddress? { optional(try MailboxAddress(text)) }

    private static func time(_ text: String) -> Timestamp? {
        text.utf8.count == 10 ? optional(try Timestamp(date: text)) : optional(try Timestamp(rfc3339: text))
    }

    /// Nil for what does not parse: the caller says what was expected.
    private static func optional<Value>(_ parse: @autoclosure () throws -> Value) -> Value? {
        do {
            return try parse()
        } catch {
            return nil
        }
    }

    private static func named<Value: RawRepresentable & CaseIterable & Hashable>(
        _ name: String,
        _ texts: [String]
    ) throws(OperatorProblem) -> Set<Value> where Value.RawValue == String {
        var values: Set<Value> = []
        for text in texts {
            guard let value = Value(rawValue: text) else {
                let known = Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                throw .malformed("`\(name)`: expected one of \(known), got `\(text)`")
            }
            values.insert(value)
        }
        return values
    }
}
