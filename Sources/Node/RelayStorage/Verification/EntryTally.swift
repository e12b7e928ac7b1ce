import CoalitionDirectory
import GRDB
import Relaying

/// What the entries of a walk say together: the numbers of each stream, and how many rows other tables must hold.
struct EntryTally {
    /// Releases and relays: each has its object in the outbox.
    private(set) var onwardCount: UInt64 = 0
    /// Transfers and voids: each closes an object of the outbox.
    private(set) var closingCount: UInt64 = 0
    /// What another node brought and this one took on: each stands in the custody of it.
    private(set) var custodyCount: UInt64 = 0

    private var streams: [(destination: [UInt8], last: UInt64)] = []

    /// The last number of each stream that the walk has seen.
    var lastNumbers: [String: UInt64] {
        Dictionary(streams.map { (String(decoding: $0.destination, as: UTF8.self), $0.last) }) { $1 }
    }

    /// Counts the entry; false, and not counted, when its number is not the next of a stream that is known.
    mutating func takes(_ spans: AuditEntrySpans) -> Bool {
        if spans.kind == .release {
            guard let destination = spans.destination, let sequence = spans.sequence,
                let place = streams.firstIndex(where: { $0.destination.elementsEqual(destination) }),
                streams[place].last + 1 == sequence
            else { return false }
            streams[place].last = sequence
        }
        // What an erasure says stands in its details, which are read in full.
        guard spans.kind != .erasure else { return false }
        count(spans.kind, isFromNode: spans.peer.map(Self.namesNode) ?? false)
        return true
    }

    /// Counts the entry; says what is wrong with its number.
    mutating func take(_ entry: AuditEntry, before start: UInt64, in database: Database) throws -> String? {
        count(entry.kind, isFromNode: entry.peer?.node != nil)
        guard entry.kind == .release, let destination = entry.destination?.description else { return nil }
        let bytes = Array(destination.utf8)
        let got = entry.sequence ?? 0
        guard let place = streams.firstIndex(where: { $0.destination == bytes }) else {
            let before = try Self.lastNumber(to: destination, before: start, in: database)
            streams.append((bytes, got))
            return Self.difference(before + 1, got, destination)
        }
        defer { streams[place].last = got }
        return Self.difference(streams[place].last + 1, got, destination)
    }

    private mutating func count(_ kind: AuditEntryKind, isFromNode: @autoclosure () -> Bool) {
        switch kind {
        case .release: onwardCount += 1
        case .relay:
            onwardCount += 1
            custodyCount += isFromNode() ? 1 : 0
        case .acceptance, .receipt, .nonDelivery: custodyCount += isFromNode() ? 1 : 0
        case .transfer, .void: closingCount += 1
        case .denial, .custody, .delivery, .refusal, .start, .stop, .policyChange, .trustChange, .fork,
            .forkAcknowledgement, .recovery, .erasure, .hold, .holdRelease, .operatorAction, .heartbeat, .gap,
            .gapRequest, .gapReport, .streamFault:
            break
        }
    }

    private static func difference(_ expected: UInt64, _ got: UInt64, _ destination: String) -> String? {
        expected == got ? nil : "expected number \(expected) of the stream to `\(destination)`, got \(got)"
    }

    /// The last number of a stream that no entry from `start` on has taken.
    private static func lastNumber(to destination: String, before start: UInt64, in database: Database) throws -> UInt64
    {
        guard start > 0 else { return 0 }
        let number = try database.integer(
            "SELECT sequence FROM entries WHERE destination = ? AND kind = 'release' AND sequence IS NOT NULL AND idx < ? "
                + "ORDER BY sequence DESC LIMIT 1",
            destination,
            Int64(clamping: start)
        )
        return UInt64(clamping: number ?? 0)
    }

    /// Whether a SPIFFE ID is that of a node: `spiffe://<trust domain>/node/<name>`.
    private static func namesNode(_ identity: UnsafeRawBufferPointer) -> Bool {
        let parts = identity.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count == 5 && parts[3].elementsEqual("node".utf8)
    }
}
