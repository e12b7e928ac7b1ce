package import CanonicalEncoding
import SecurityLabels

/// What went one way: how many messages of what kinds, how fast, and what became of them.
///
/// A message that is released to three nodes counts three times: each is a decision and a transfer of its own.
package struct WayTally: Hashable, Sendable {
    package private(set) var messages = 0
    /// The encrypted bodies' bytes, of those messages whose size is known.
    package private(set) var bodyBytes = 0
    package private(set) var sized = 0
    package private(set) var precedences = NameCounts()
    package private(set) var classifications = NameCounts()
    package private(set) var markings = NameCounts()
    /// The rules that the decisions rest on: agreements where allowed, else what denied.
    package private(set) var rules = NameCounts()
    /// Messages of which details are erased, so that label and rules are not known.
    package private(set) var erased = 0
    package private(set) var waiting = 0
    package private(set) var handedOver = 0
    /// Why those were given up that were.
    package private(set) var givenUp = NameCounts()
    /// Why other nodes reported that they cannot deliver.
    package private(set) var notDelivered = NameCounts()
    /// How many receipts there can be, one for each recipient, and how many have come.
    package private(set) var receiptsDue = 0
    package private(set) var receiptsCome = 0
    /// From taking on to the next hop's custody, by precedence.
    package private(set) var handOver: [String: SpeedTally] = [:]
    /// From taking on to the destination's custody behind a hub, by precedence.
    package private(set) var arrival: [String: SpeedTally] = [:]
    /// From taking on to a recipient's receipt, by precedence.
    package private(set) var receipt: [String: SpeedTally] = [:]

    package init() {}

    package mutating func add(_ entry: CountedEntry) {
        messages += 1
        if let size = entry.bodySize {
            bodyBytes += size
            sized += 1
        }
        let precedence = entry.precedence?.name ?? Self.unknown
        precedences.add(precedence)
        if let marking = entry.marking { markings.add(marking) }
        if let classification = entry.classification { classifications.add(classification) }
        if !entry.hasDetails { erased += 1 }
        if entry.kind == .denial {
            for reason in entry.reasons { rules.add(reason) }
        } else {
            for rule in Set((entry.decisions ?? []).flatMap(\.rules)) { rules.add(rule) }
        }
        switch entry.fate {
        case .waiting: waiting += 1
        case .handedOver(let time):
            handedOver += 1
            handOver[precedence, default: SpeedTally()].add(from: entry, to: time)
        case .given(up: let reason): givenUp.add(reason)
        case nil: break
        }
        if let time = entry.arrival { arrival[precedence, default: SpeedTally()].add(from: entry, to: time) }
        if let reason = entry.nonDelivery { notDelivered.add(reason) }
        guard entry.kind == .release || entry.kind == .acceptance else { return }
        let recipients = entry.decisions.map { Set($0.map(\.recipient)) } ?? Set(entry.receipts.keys)
        receiptsDue += recipients.count
        for recipient in recipients {
            guard let time = entry.receipts[recipient] else { continue }
            receiptsCome += 1
            receipt[precedence, default: SpeedTally()].add(from: entry, to: time)
        }
    }

    package mutating func add(_ more: WayTally) {
        messages += more.messages
        bodyBytes += more.bodyBytes
        sized += more.sized
        precedences.add(more.precedences)
        classifications.add(more.classifications)
        markings.add(more.markings)
        rules.add(more.rules)
        erased += more.erased
        waiting += more.waiting
        handedOver += more.handedOver
        givenUp.add(more.givenUp)
        notDelivered.add(more.notDelivered)
        receiptsDue += more.receiptsDue
        receiptsCome += more.receiptsCome
        handOver.merge(more.handOver) { SpeedTally.sum($0, $1) }
        arrival.merge(more.arrival) { SpeedTally.sum($0, $1) }
        receipt.merge(more.receipt) { SpeedTally.sum($0, $1) }
    }

    /// The precedence of a message that is not stored and whose details are erased.
    package static let unknown = "unknown"

    package var json: JSONValue {
        [
            "arrival": .object(arrival.mapValues(\.json)), "body-bytes": .integer(Int64(bodyBytes)),
            "classifications": classifications.json,
            "erased": .integer(Int64(erased)), "given-up": givenUp.json,
            "hand-over": .object(handOver.mapValues(\.json)), "handed-over": .integer(Int64(handedOver)),
            "markings": markings.json, "messages": .integer(Int64(messages)), "not-delivered": notDelivered.json,
            "precedences": precedences.json, "receipt": .object(receipt.mapValues(\.json)),
            "receipts-come": .integer(Int64(receiptsCome)), "receipts-due": .integer(Int64(receiptsDue)),
            "rules": rules.json, "sized": .integer(Int64(sized)), "waiting": .integer(Int64(waiting)),
        ]
    }

    package init(json: JSONValue) throws(MalformedTally) {
        func count(_ name: String) throws(MalformedTally) -> Int { try MalformedTally.count(json[name], name) }
        func names(_ name: String) throws(MalformedTally) -> NameCounts { try NameCounts(json: json[name]) }
        func speeds(_ name: String) throws(MalformedTally) -> [String: SpeedTally] {
            var speeds: [String: SpeedTally] = [:]
            for (precedence, value) in try MalformedTally.members(json[name], "`\(name)`") {
                speeds[precedence] = try SpeedTally(json: value)
            }
            return speeds
        }
        messages = try count("messages")
        bodyBytes = try count("body-bytes")
        sized = try count("sized")
        precedences = try names("precedences")
        classifications = try names("classifications")
        markings = try names("markings")
        rules = try names("rules")
        erased = try count("erased")
        waiting = try count("waiting")
        handedOver = try count("handed-over")
        givenUp = try names("given-up")
        notDelivered = try names("not-delivered")
        receiptsDue = try count("receipts-due")
        receiptsCome = try count("receipts-come")
        handOver = try speeds("hand-over")
        arrival = try speeds("arrival")
        receipt = try speeds("receipt")
    }
}

/// How fast messages of one precedence were, and how many of them took longer than they may.
package struct SpeedTally: Hashable, Sendable {
    package private(set) var durations = DurationTally()
    package private(set) var late = 0

    init() {}

    mutating func add(from entry: CountedEntry, to time: Timestamp) {
        let duration = time.millisecondsSinceEpoch - entry.time.millisecondsSinceEpoch
        durations.add(milliseconds: duration)
        if let target = entry.precedence?.deliveryTarget, duration > target { late += 1 }
    }

    static func sum(_ left: SpeedTally, _ right: SpeedTally) -> SpeedTally {
        var sum = left
        sum.durations.add(right.durations)
        sum.late += right.late
        return sum
    }

    var json: JSONValue { ["durations": durations.json, "late": .integer(Int64(late))] }

    init(json: JSONValue) throws(MalformedTally) {
        durations = try DurationTally(json: json["durations"] ?? .null)
        late = try MalformedTally.count(json["late"], "late")
    }
}
