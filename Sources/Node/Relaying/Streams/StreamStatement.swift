package import CanonicalEncoding
package import CoalitionDirectory
package import OpenSSLCrypto

/// What one end of a stream says to the other about its numbers.
///
/// A stream is what the log of one node, the origin, releases to another, the destination; the origin numbers it without
/// gaps. The statement's digest stands in an entry of the speaker's log, so that he cannot deny it.
package struct StreamStatement: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// The origin: the highest number released, and ranges that hold those which still wait with it.
        case heartbeat(highest: UInt64, outstanding: NumberRanges)
        /// The destination: what became of these?
        case gapRequest(NumberRanges)
        /// The origin: this became of them.
        case gapReport([NumberFate])
    }

    /// The most ranges in a heartbeat.
    package static let maximumRanges = 256
    /// The most numbers that are asked for at once.
    package static let maximumNumbers = 64

    package let origin: SPIFFEID
    package let destination: SPIFFEID
    package let content: Content

    package init(origin: SPIFFEID, destination: SPIFFEID, _ content: Content) {
        self.origin = origin
        self.destination = destination
        self.content = content
    }

    /// The kind of the entry that holds its digest.
    package var kind: AuditEntryKind {
        switch content {
        case .heartbeat: .heartbeat
        case .gapRequest: .gapRequest
        case .gapReport: .gapReport
        }
    }

    /// The end that says it, and the end that it is said to.
    package var speaker: SPIFFEID { isByDestination ? destination : origin }
    package var listener: SPIFFEID { isByDestination ? origin : destination }

    private var isByDestination: Bool {
        if case .gapRequest = content { true } else { false }
    }

    package var digest: SHA256Digest { .hash(json.canonicalBytes) }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "destination": .string(destination.description), "kind": .string(kind.rawValue),
            "origin": .string(origin.description),
        ]
        switch content {
        case .heartbeat(let highest, let outstanding):
            members["highest"] = .integer(Int64(clamping: highest))
            members["outstanding"] = outstanding.json
        case .gapRequest(let numbers): members["numbers"] = numbers.json
        case .gapReport(let fates): members["numbers"] = .array(fates.map(\.json))
        }
        return .object(members)
    }

    package init(json: JSONValue) throws(TransferError) {
        guard let members = json.objectValue, let kind = members["kind"]?.stringValue else {
            throw Self.malformed("an object with `kind`")
        }
        func node(_ name: String) throws(TransferError) -> SPIFFEID {
            do {
                return try SPIFFEID(members[name]?.stringValue ?? "")
            } catch {
                throw Self.malformed("`\(name)` to be a node")
            }
        }
        let names: Set<String>
        switch AuditEntryKind(rawValue: kind) {
        case .heartbeat:
            names = ["highest", "outstanding"]
            guard let highest = members["highest"]?.integerValue, highest >= 1, highest < Int64.max,
                let outstanding = NumberRanges(json: members["outstanding"], limit: Self.maximumRanges),
                outstanding.ranges.last?.upperBound ?? 0 <= UInt64(highest)
            else { throw Self.malformed("`highest` from 1, and `outstanding`, ranges up to it") }
            content = .heartbeat(highest: UInt64(highest), outstanding: outstanding)
        case .gapRequest:
            names = ["numbers"]
            guard let numbers = NumberRanges(json: members["numbers"], limit: Self.maximumNumbers), !numbers.isEmpty,
                numbers.ranges.allSatisfy({ $0.upperBound - $0.lowerBound < UInt64(Self.maximumNumbers) }),
                numbers.numbers.count <= Self.maximumNumbers
            else { throw Self.malformed("`numbers`, ranges of 1 to \(Self.maximumNumbers) numbers") }
            content = .gapRequest(numbers)
        case .gapReport:
            names = ["numbers"]
            guard let fates = members["numbers"]?.arrayValue, (1...Self.maximumNumbers).contains(fates.count) else {
                throw Self.malformed("`numbers`, 1 to \(Self.maximumNumbers) of them")
            }
            var read: [NumberFate] = []
            for fate in fates { read.append(try NumberFate(json: fate)) }
            content = .gapReport(read)
        default:
            throw Self.malformed("`kind` to be `heartbeat`, `gap-request` or `gap-report`")
        }
        guard Set(members.keys) == names.union(["destination", "kind", "origin"]) else {
            throw Self.malformed("no other members in a `\(kind)`")
        }
        origin = try node("origin")
        destination = try node("destination")
    }

    private static func malformed(_ expected: String) -> TransferError {
        TransferError(.malformedSignal, "expected \(expected)")
    }
}

/// What the origin says became of one number, with the proofs for it.
package struct NumberFate: Hashable, Sendable {
    /// Raw values stand on the wire and in the log, and never change.
    package enum State: String, Sendable, CaseIterable {
        /// It waits with the origin for its next hop. Links: the release.
        case outstanding
        /// The next hop has taken it. Links: the release, the next hop's custody.
        case handedOver = "handed-over"
        /// It will not be delivered. Links: the release, the void.
        case void
        /// It is neither: the origin has lost it. Links: the release.
        case lost
        /// The origin's log holds no release of that number. No links.
        case neverReleased = "never-released"

        var linkCount: Int {
            switch self {
            case .outstanding, .lost: 1
            case .handedOver, .void: 2
            case .neverReleased: 0
            }
        }
    }

    package let number: UInt64
    package let state: State
    package let links: [TransferLink]

    package init(number: UInt64, state: State, links: [TransferLink]) {
        self.number = number
        self.state = state
        self.links = links
    }

    var json: JSONValue {
        [
            "links": .array(links.map(\.json)), "number": .integer(Int64(clamping: number)),
            "state": .string(state.rawValue),
        ]
    }

    init(json: JSONValue) throws(TransferError) {
        guard let members = json.objectValue, Set(members.keys) == ["links", "number", "state"],
            let number = members["number"]?.integerValue, number >= 1,
            let state = members["state"]?.stringValue.flatMap({ State(rawValue: $0) }),
            let links = members["links"]?.arrayValue, links.count == state.linkCount
        else { throw TransferError(.malformedSignal, "expected the fate of a number with the links of its state") }
        self.number = UInt64(number)
        self.state = state
        var read: [TransferLink] = []
        for link in links { read.append(try TransferLink(json: link)) }
        self.links = read
    }
}
