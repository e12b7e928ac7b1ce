public import CanonicalEncoding

/// Facts that all hold where something flows; a fact that is not named makes no difference.
public struct FlowCondition: Hashable, Sendable {
    /// What a fact is about.
    public enum Subject: String, Hashable, Comparable, Sendable, CaseIterable {
        /// Which decision it is: that of the origin, of a hub, or of the destination.
        case step
        case holderNode = "holder-node"
        case recipientNode = "recipient-node"
        case mailbox = "recipient-mailbox"
        case level
        case classification
        case type
        case community
        case compartments
        case caveats
        case releasability
        case precedence
        case link
        case age
        case expiry = "expires"
        case days

        public static func < (left: Subject, right: Subject) -> Bool { left.place < right.place }

        private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// One fact and what it may be.
    public struct Fact: Hashable, Sendable {
        public let subject: Subject
        /// Any one of these; of compartments and caveats, all of these are carried.
        public let values: [String]
        /// None of these; of compartments and caveats, none is carried. What stands in neither list may be.
        public let excluded: [String]
        /// Whether `values` and `excluded` together are everything that the policy knows.
        public let isWhole: Bool
        /// The values as a stretch of a scale, such as `up to SECRET`, where they are on one.
        public let stretch: String?

        init(
            _ subject: Subject,
            values: [String],
            excluded: [String],
            isWhole: Bool = true,
            stretch: String? = nil
        ) {
            self.subject = subject
            self.values = values
            self.excluded = excluded
            self.isWhole = isWhole
            self.stretch = stretch
        }
    }

    /// In the order of their subjects.
    public let facts: [Fact]

    /// What a label without type or community has in their place.
    static let none = "none"

    /// What a policy says nothing of that matters: it flows in every case.
    public var isAlways: Bool { facts.isEmpty }
}

extension FlowCondition: CustomStringConvertible {
    /// The facts in words, such as `type INTREP, SITREP; no compartment; not EYES ONLY`.
    public var description: String {
        facts.isEmpty ? "always" : facts.map(\.description).joined(separator: "; ")
    }

    /// For machines: an object with a member for each fact.
    public var json: JSONValue {
        .object(
            Dictionary(
                facts.map { fact in
                    func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
                    let value: JSONValue =
                        fact.isCarried
                        ? ["with": list(fact.values), "without": list(fact.excluded)] : list(fact.values)
                    return (fact.subject.rawValue, value)
                },
                uniquingKeysWith: { first, _ in first }
            )
        )
    }
}

extension FlowCondition.Fact: CustomStringConvertible {
    fileprivate var isCarried: Bool { subject == .compartments || subject == .caveats }

    public var description: String {
        func list(_ names: [String], _ last: String) -> String { Self.list(names, last) }
        switch subject {
        case .compartments, .caveats:
            let kind = subject == .compartments ? "compartment" : "caveat"
            if values.isEmpty, isWhole { return "no \(kind)" }
            var parts: [String] = []
            if !values.isEmpty { parts.append("with \(list(values, "and"))") }
            if isWhole, !excluded.isEmpty { parts.append("no other \(kind)") }
            if !isWhole, !excluded.isEmpty { parts.append("not \(list(excluded, "or"))") }
            return parts.joined(separator: "; ")
        case .step: return "to \(list(values, "or"))"
        case .releasability: return values == ["named"] ? "REL TO the recipient" : "no REL TO"
        case .type, .community:
            if values == [FlowCondition.none] { return "no \(subject)" }
            // What is left out is said where that is shorter.
            let others = excluded.filter { $0 != FlowCondition.none }
            if others.count < excluded.count, others.count * 2 < values.count {
                return others.isEmpty ? "any \(subject)" : "any \(subject) but \(list(others, "and"))"
            }
            if excluded.count * 2 < values.count, !excluded.isEmpty {
                return "\(subject) not \(list(excluded, "or"))"
            }
            return "\(subject) \(list(values, "or"))"
        case .days: return values.joined(separator: " or ")
        case .expiry: return "expiry \(values.joined(separator: " or "))"
        case .holderNode: return "from node \(list(values, "or"))"
        case .recipientNode: return "to node \(list(values, "or"))"
        case .mailbox: return "to mailbox \(list(values, "or"))"
        case .level: return stretch ?? list(values, "or")
        case .classification, .precedence, .link, .age: return "\(subject) \(stretch ?? list(values, "or"))"
        }
    }

    private static func list(_ names: [String], _ last: String) -> String {
        names.count < 2
            ? names.joined() : "\(names.dropLast().joined(separator: ", ")) \(last) \(names[names.count - 1])"
    }
}
