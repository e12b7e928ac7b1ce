import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The logs of two nodes about the streams between them, entry by entry.
///
/// A node whose log has ended has another since: its side is then of several logs. Each numbers its releases by itself; what
/// the one released or took, the other side may have taken from or handed to any of them.
struct Reconciliation {
    /// One thing that the two logs do not agree about.
    struct Difference {
        /// Raw values stand in the JSON.
        enum Kind: String {
            /// The one says that it was released and handed over, the other does not say that it came.
            case notAccepted = "not-accepted"
            /// The one says that it came, the other does not say that it released it.
            case notReleased = "not-released"
            /// The releases of the one have a hole.
            case numberMissing = "number-missing"
        }

        let kind: Kind
        let origin: String
        let destination: String
        /// The number of the stream, or the numbers that are missing one after the other.
        let numbers: ClosedRange<UInt64>?
        let message: MessageID?
        let object: TransferObjectKind?
        /// The entry that speaks of it, and the log that it is of.
        let index: UInt64?
        let log: String
        let logKey: String
        /// The node that took it over, where the release is the entry.
        let handedTo: SPIFFEID?
    }

    /// What one direction comes to.
    struct Direction {
        let origin: String
        let originKey: String
        let destination: String
        var released = 0
        var accepted = 0
        var void = 0
        /// Released and not handed over yet: nothing to agree about.
        var underWay = 0
    }

    private struct Key: Hashable {
        let object: TransferObjectKind
        let digest: SHA256Digest
        let message: MessageID

        init?(_ entry: AuditEntry) {
            guard let object = entry.object, let digest = entry.digest, let message = entry.message else { return nil }
            (self.object, self.digest, self.message) = (object, digest, message)
        }
    }

    private(set) var directions: [Direction] = []
    private(set) var differences: [Difference] = []

    /// Each side is of one node: its log, or its logs one after the other.
    init(_ ours: [StreamExtract], _ theirs: [StreamExtract]) {
        compare(from: ours, to: theirs)
        compare(from: theirs, to: ours)
    }

    private mutating func compare(from origins: [StreamExtract], to destinations: [StreamExtract]) {
        var taken: [Key: (entry: AuditEntry, log: StreamExtract)] = [:]
        for log in destinations {
            for entry in log.entries where [.acceptance, .receipt, .nonDelivery].contains(entry.kind) {
                if let key = Key(entry), taken[key] == nil { taken[key] = (entry, log) }
            }
        }
        var released: Set<Key> = []
        let (name, destination) = (Self.name(of: origins), Self.name(of: destinations))
        for log in origins {
            let origin = origins.count > 1 ? log.nameWithKey : name
            compare(Direction(origin: origin, originKey: log.key.verifier.verifierKey, destination: destination), log) {
                released.insert($0)
                return taken[$0] != nil
            }
        }
        for log in destinations {
            let entries = taken.filter { !released.contains($0.key) && $0.value.log.key == log.key }.map(\.value.entry)
            for entry in entries.sorted(by: { $0.index < $1.index }) {
                differences.append(
                    Difference(
                        kind: .notReleased,
                        origin: name,
                        destination: destination,
                        numbers: nil,
                        message: entry.message,
                        object: entry.object,
                        index: entry.index,
                        log: destinations.count > 1 ? log.nameWithKey : destination,
                        logKey: log.key.verifier.verifierKey,
                        handedTo: nil
                    )
                )
            }
        }
    }

    /// Compares the releases of one log.
    private mutating func compare(_ empty: Direction, _ log: StreamExtract, isTaken: (Key) -> Bool) {
        var direction = empty
        var voids: Set<UInt64> = []
        var transfers: [Key: AuditEntry] = [:]
        for entry in log.entries {
            if entry.kind == .void, let number = entry.sequence { voids.insert(number) }
            if entry.kind == .transfer, let key = Key(entry) { transfers[key] = entry }
        }
        func differ(
            _ kind: Difference.Kind,
            _ numbers: ClosedRange<UInt64>,
            _ entry: AuditEntry? = nil,
            handedTo: SPIFFEID? = nil
        ) {
            differences.append(
                Difference(
                    kind: kind,
                    origin: empty.origin,
                    destination: empty.destination,
                    numbers: numbers,
                    message: entry?.message,
                    object: entry?.object,
                    index: entry?.index,
                    log: empty.origin,
                    logKey: empty.originKey,
                    handedTo: handedTo
                )
            )
        }
        var expected: UInt64 = 1
        for release in log.entries where release.kind == .release {
            guard let number = release.sequence, let key = Key(release) else { continue }
            // The numbers are the other partner's word, and may leave out any number of them.
            if expected < number { differ(.numberMissing, expected...number - 1) }
            expected = number + 1
            direction.released += 1
            if isTaken(key) {
                direction.accepted += 1
            } else if voids.contains(number) {
                direction.void += 1
            } else if let transfer = transfers[key] {
                differ(.notAccepted, number...number, release, handedTo: transfer.peer)
            } else {
                direction.underWay += 1
            }
        }
        directions.append(direction)
    }

    private static func name(of logs: [StreamExtract]) -> String { logs.first?.log ?? "-" }
}

extension Reconciliation {
    func lines(for terminal: Terminal) -> [String] {
        var table = TextTable([
            .init("FROM"), .init("TO"), .init("RELEASED", .right), .init("ACCEPTED", .right), .init("VOID", .right),
            .init("UNDER WAY", .right),
        ])
        for direction in directions {
            table.append([
                .init(direction.origin), .init(direction.destination), .init("\(direction.released)"),
                .init("\(direction.accepted)"), .init("\(direction.void)"), .init("\(direction.underWay)"),
            ])
        }
        let lines = table.lines(for: terminal) + [""]
        guard !differences.isEmpty else {
            return lines + [terminal.styled(directions.count > 2 ? "the logs agree" : "the two logs agree", .success)]
        }
        return lines + differences.map { terminal.styled(PrintableText.line($0.text), .failure) }
    }

    var json: JSONValue {
        [
            "agree": .bool(differences.isEmpty),
            "differences": .array(differences.map(\.json)),
            "directions": .array(
                directions.map { direction in
                    [
                        "accepted": .integer(Int64(direction.accepted)), "destination": .string(direction.destination),
                        "origin": .string(direction.origin), "origin-key": .string(direction.originKey),
                        "released": .integer(Int64(direction.released)),
                        "under-way": .integer(Int64(direction.underWay)), "void": .integer(Int64(direction.void)),
                    ]
                }
            ),
        ]
    }
}

extension Reconciliation.Difference {
    fileprivate var text: String {
        let what = "\(object?.rawValue ?? "object") \(message?.description ?? "-")"
        let entry = "entry \(index.map { "\($0)" } ?? "-") of \(log)"
        let range = numbers.map { NumberRanges.text([$0]) } ?? "-"
        return switch kind {
        case .notAccepted:
            "not accepted: number \(range), \(what), released by \(entry) and handed to \(handedTo?.logName ?? "-"); "
                + "\(destination) does not say that it came"
        case .notReleased:
            "not released: \(what), accepted by \(entry); \(origin) does not say that it released it"
        case .numberMissing:
            "number missing: \(origin) shows no release of number \(range) to \(destination)"
        }
    }

    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "destination": .string(destination), "kind": .string(kind.rawValue), "log": .string(log),
            "log-key": .string(logKey), "origin": .string(origin),
        ]
        members["number"] = numbers.map { .integer(Int64(clamping: $0.lowerBound)) }
        if let numbers, numbers.count > 1 { members["last"] = .integer(Int64(clamping: numbers.upperBound)) }
        members["message"] = message.map { .string($0.description) }
        members["object"] = object.map { .string($0.rawValue) }
        members["entry"] = index.map { .integer(Int64(clamping: $0)) }
        members["handed-to"] = handedTo.map { .string($0.description) }
        return .object(members)
    }
}
