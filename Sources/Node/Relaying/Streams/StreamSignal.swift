import CanonicalEncoding
package import CoalitionDirectory
import TransparencyLog

/// A statement about a stream on its way to the other end, with the proof that the speaker's log holds it.
///
/// On the wire (`application/vnd.entente.signal`) it is canonical JSON:
/// `{"link":...,"passed":[...],"statement":...,"version":1}`.
package struct StreamSignal: Hashable, Sendable {
    package static let mediaType = "application/vnd.entente.signal"
    package static let version: Int64 = 1
    package static let maximumSize = 2 << 20
    /// The most hubs that a signal may pass.
    package static let maximumHubs = 3

    package let link: TransferLink
    package let statement: StreamStatement
    /// The hubs that it has passed, so that it never goes round; nobody's proof rests on them.
    package let passed: [SPIFFEID]

    package init(link: TransferLink, statement: StreamStatement, passed: [SPIFFEID] = []) {
        self.link = link
        self.statement = statement
        self.passed = passed
    }

    package var bytes: [UInt8] {
        let json: JSONValue = [
            "link": link.json, "passed": .array(passed.map { .string($0.description) }), "statement": statement.json,
            "version": .integer(Self.version),
        ]
        return json.canonicalBytes
    }

    package init(bytes: [UInt8]) throws(RelayRefusal) {
        do {
            let json = try JSONValue.parseCanonical(bytes, maximumSize: Self.maximumSize, maximumDepth: 8)
            guard let members = json.objectValue, Set(members.keys) == ["link", "passed", "statement", "version"],
                members["version"] == .integer(Self.version), let link = members["link"],
                let statement = members["statement"], let passed = members["passed"]?.arrayValue,
                passed.count <= Self.maximumHubs
            else {
                throw TransferError(
                    .malformedSignal,
                    "expected `link`, `passed`, `statement` and `version` \(Self.version)"
                )
            }
            self.link = try TransferLink(json: link)
            self.statement = try StreamStatement(json: statement)
            self.passed = try passed.map { try SPIFFEID($0.stringValue ?? "") }
        } catch let error as TransferError {
            throw RelayRefusal(error)
        } catch {
            throw RelayRefusal(TransferError(.malformedSignal, "\(error)"))
        }
    }
}

/// A signal whose statement the speaker's log is proven to hold.
///
/// INVARIANT: the only way to one is ``StreamSignal/verified(at:in:)``.
package struct VerifiedSignal: Sendable {
    package let signal: StreamSignal
    /// The numbers of a report whose custody no key proves that is in force now: the next hop has begun a new log since.
    package let unproven: Set<UInt64>

    package var statement: StreamStatement { signal.statement }

    fileprivate init(_ signal: StreamSignal, unproven: Set<UInt64>) {
        self.signal = signal
        self.unproven = unproven
    }
}

extension StreamSignal {
    /// Compares the entry with the statement, and proves it by the speaker's log; so too every entry that a report
    /// rests on.
    package func verified(at node: NodeIdentity, in directory: Directory) throws(TransferError) -> VerifiedSignal {
        let entry = link.entry
        let speaker = statement.speaker
        guard statement.origin != statement.destination, speaker != node.id else {
            throw TransferError(.entryMismatch, "expected the statement of another node, with two ends")
        }
        guard entry.log.rawValue == speaker.logName, entry.kind == statement.kind, entry.outcome == .done,
            entry.realm == node.realm, entry.digest == statement.digest, entry.destination == statement.listener
        else {
            throw TransferError(
                .entryMismatch,
                "expected the entry `\(statement.kind.rawValue)` of `\(speaker)` for `\(statement.listener)` about this "
                    + "statement, got entry \(entry.index) of `\(entry.log)`, a `\(entry.kind.rawValue)`"
            )
        }
        try link.verify(log: speaker, in: directory)
        var unproven: Set<UInt64> = []
        if case .gapReport(let fates) = statement.content {
            for fate in fates where try !fate.isProven(statement, in: directory) { unproven.insert(fate.number) }
        }
        return VerifiedSignal(self, unproven: unproven)
    }
}

extension NumberFate {
    /// Proves what the fate rests on: entries of the origin about this very number, and the next hop's about its object.
    ///
    /// - Returns: false where the next hop's does not hold under its key of now. The next hop may have had to begin a new
    ///   log, so that this spoils no other number; the origin has signed that it said so.
    fileprivate func isProven(_ statement: StreamStatement, in directory: Directory) throws(TransferError) -> Bool {
        guard let release = links.first else { return true }
        let released = release.entry
        guard released.kind == .release, released.log.rawValue == statement.origin.logName,
            released.destination == statement.destination, released.sequence == number
        else {
            throw TransferError(.entryMismatch, "number \(number): expected its release, got entry \(released.index)")
        }
        try release.verify(log: statement.origin, in: directory)
        guard let second = links.dropFirst().first else { return true }
        let entry = second.entry
        let isOfObject = entry.digest == released.digest && entry.message == released.message
        switch state {
        case .void:
            guard entry.kind == .void, entry.log == released.log, entry.sequence == number,
                entry.destination == statement.destination, isOfObject
            else {
                throw TransferError(.entryMismatch, "number \(number): expected its void, got entry \(entry.index)")
            }
            try second.verify(log: statement.origin, in: directory)
        case .handedOver:
            guard let hop = released.nextHop, isOfObject, entry.peer == statement.origin else {
                throw TransferError(.entryMismatch, "number \(number): expected the next hop's custody of its object")
            }
            do {
                try second.verify(log: hop, in: directory)
            } catch {
                guard error.code == .proofMismatch else { throw error }
                return false
            }
        case .outstanding, .lost, .neverReleased: break
        }
        return true
    }
}
