package import CanonicalEncoding
import CoalitionDirectory

/// What the entries of a log say in numbers. Fed with one entry after the other; two tallies of parts of a log add up to
/// that of both.
package struct LogTally: Hashable, Sendable {
    package private(set) var entries = 0
    package private(set) var firstIndex: UInt64?
    package private(set) var lastIndex: UInt64?
    package private(set) var firstTime: Timestamp?
    package private(set) var lastTime: Timestamp?
    package private(set) var kinds = NameCounts()
    package private(set) var outcomes = NameCounts()
    /// By outcome, of those that say why; refusals that were counted in one entry each for itself.
    package private(set) var reasons: [String: NameCounts] = [:]
    /// Recipients for whom a message was allowed, and for whom it was denied.
    package private(set) var allowed = 0
    package private(set) var denied = 0
    /// Entries whose details are erased.
    package private(set) var erased = 0
    /// Denials that may be about the partner that is asked about: the details that would say so are erased.
    package private(set) var unattributed = 0
    /// Why callers were refused of whom nothing was proven, as happens in a handshake: they count for no partner.
    package private(set) var nameless = NameCounts()
    /// By trust domain: `entries`, `refused`, and messages and bytes by way.
    package private(set) var domains: [String: NameCounts] = [:]
    /// How often each partner was denied something from here, by code.
    package private(set) var deniedTo = NameCounts()
    /// The codes of trust domains, as far as the entries say.
    package private(set) var codes: [String: String] = [:]
    package private(set) var ways: [MessageWay: WayTally] = [:]
    package private(set) var histogram: TimeHistogram

    package init(by period: HistogramPeriod) { histogram = TimeHistogram(by: period) }

    package mutating func add(_ entry: CountedEntry) {
        entries += 1
        firstIndex = min(firstIndex ?? entry.index, entry.index)
        lastIndex = max(lastIndex ?? entry.index, entry.index)
        firstTime = min(firstTime ?? entry.time, entry.time)
        lastTime = max(lastTime ?? entry.time, entry.time)
        kinds.add(entry.kind.rawValue)
        if !entry.hasDetails { erased += 1 }
        // What it says is counted with the denial before it.
        guard !entry.repeatsDenial else { return }
        outcomes.add(entry.outcome.rawValue)
        histogram.add(entry.outcome, at: entry.time)
        for reason in entry.reasons {
            reasons[entry.outcome.rawValue, default: NameCounts()].add(reason, entry.weight)
        }
        if entry.kind == .refusal, entry.peer == nil {
            for reason in entry.reasons { nameless.add(reason, entry.weight) }
        }
        let way = entry.way
        if let way { ways[way, default: WayTally()].add(entry) }
        for decision in entry.decisions ?? [] {
            if decision.isAllowed { allowed += 1 } else { denied += 1 }
        }
        count(entry, way)
    }

    /// Takes what the entry says about one partner.
    package mutating func add(_ entry: CountedEntry, about partner: PartnerName) {
        switch entry.concern(of: partner) {
        case .concerned(let narrowed): add(narrowed)
        case .unconcerned: break
        case .unknown: unattributed += 1
        case .nameless: for reason in entry.reasons { nameless.add(reason, entry.weight) }
        }
    }

    /// Counts for the other side.
    private mutating func count(_ entry: CountedEntry, _ way: MessageWay?) {
        if way == .deniedSending {
            let partners = Set((entry.decisions ?? []).filter { !$0.isAllowed }.map(\.recipient.partner.rawValue))
            for partner in partners { deniedTo.add(partner) }
        }
        guard let domain = entry.otherSide?.rawValue else { return }
        var counts = domains[domain] ?? NameCounts()
        counts.add("entries")
        if entry.outcome == .refused { counts.add("refused", entry.weight) }
        if let way, way != .deniedSending {
            counts.add(way.rawValue)
            counts.add("\(way.rawValue)-bytes", entry.bodySize ?? 0)
        }
        domains[domain] = counts
        // All recipients of a release are at its destination.
        if way == .released, codes[domain] == nil, let recipient = entry.decisions?.first?.recipient {
            codes[domain] = recipient.partner.rawValue
        }
    }

    package mutating func add(_ more: LogTally) {
        entries += more.entries
        firstIndex = Self.merge(firstIndex, more.firstIndex, min)
        lastIndex = Self.merge(lastIndex, more.lastIndex, max)
        firstTime = Self.merge(firstTime, more.firstTime, min)
        lastTime = Self.merge(lastTime, more.lastTime, max)
        kinds.add(more.kinds)
        outcomes.add(more.outcomes)
        reasons.merge(more.reasons, uniquingKeysWith: Self.sum)
        allowed += more.allowed
        denied += more.denied
        erased += more.erased
        unattributed += more.unattributed
        nameless.add(more.nameless)
        domains.merge(more.domains, uniquingKeysWith: Self.sum)
        deniedTo.add(more.deniedTo)
        codes.merge(more.codes) { known, _ in known }
        for (way, tally) in more.ways { ways[way, default: WayTally()].add(tally) }
        histogram.add(more.histogram)
    }

    private static func merge<Value>(_ left: Value?, _ right: Value?, _ choose: (Value, Value) -> Value) -> Value? {
        guard let left, let right else { return left ?? right }
        return choose(left, right)
    }

    private static func sum(_ left: NameCounts, _ right: NameCounts) -> NameCounts {
        var sum = left
        sum.add(right)
        return sum
    }
}

extension LogTally {
    /// As the operators' interface answers it: with all that adding up takes.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "allowed": .integer(Int64(allowed)), "codes": .object(codes.mapValues { .string($0) }),
            "denied": .integer(Int64(denied)), "denied-to": deniedTo.json,
            "domains": .object(domains.mapValues(\.json)), "entries": .integer(Int64(entries)),
            "erased": .integer(Int64(erased)), "histogram": histogram.json, "kinds": kinds.json,
            "nameless": nameless.json,
            "outcomes": outcomes.json, "reasons": .object(reasons.mapValues(\.json)),
            "unattributed": .integer(Int64(unattributed)),
            "ways": .object(Dictionary(uniqueKeysWithValues: ways.map { ($0.key.rawValue, $0.value.json) })),
        ]
        members["first-index"] = firstIndex.map { .integer(Int64(clamping: $0)) }
        members["last-index"] = lastIndex.map { .integer(Int64(clamping: $0)) }
        members["first-time"] = firstTime.map { .string($0.rfc3339) }
        members["last-time"] = lastTime.map { .string($0.rfc3339) }
        return .object(members)
    }

    package init(json: JSONValue) throws(MalformedTally) {
        func count(_ name: String) throws(MalformedTally) -> Int { try MalformedTally.count(json[name], name) }
        func index(_ name: String) throws(MalformedTally) -> UInt64? {
            try json[name].map { value throws(MalformedTally) in UInt64(try MalformedTally.count(value, name)) }
        }
        func time(_ name: String) throws(MalformedTally) -> Timestamp? {
            guard let text = json[name]?.stringValue else { return nil }
            do {
                return try Timestamp(rfc3339: text)
            } catch {
                throw MalformedTally("`\(name)`: \(error)")
            }
        }
        histogram = try TimeHistogram(json: json["histogram"])
        entries = try count("entries")
        firstIndex = try index("first-index")
        lastIndex = try index("last-index")
        firstTime = try time("first-time")
        lastTime = try time("last-time")
        kinds = try NameCounts(json: json["kinds"])
        outcomes = try NameCounts(json: json["outcomes"])
        for (outcome, counts) in try MalformedTally.members(json["reasons"], "`reasons`") {
            reasons[outcome] = try NameCounts(json: counts)
        }
        allowed = try count("allowed")
        denied = try count("denied")
        erased = try count("erased")
        unattributed = try count("unattributed")
        nameless = try NameCounts(json: json["nameless"])
        for (domain, counts) in try MalformedTally.members(json["domains"], "`domains`") {
            domains[domain] = try NameCounts(json: counts)
        }
        deniedTo = try NameCounts(json: json["denied-to"])
        codes = try MalformedTally.members(json["codes"], "`codes`").compactMapValues(\.stringValue)
        for (name, tally) in try MalformedTally.members(json["ways"], "`ways`") {
            guard let way = MessageWay(rawValue: name) else { throw MalformedTally("unknown way `\(name)`") }
            ways[way] = try WayTally(json: tally)
        }
    }
}
