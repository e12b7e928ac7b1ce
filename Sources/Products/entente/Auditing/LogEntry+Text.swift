import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

extension LogEntry {
    /// Entries under each other, one line each.
    static func table(_ entries: [LogEntry]) -> TextTable {
        var table = TextTable([
            .init("INDEX", .right), .init("DTG"), .init("KIND"), .init("OUTCOME"), .init("PEER", fold: 3),
            .init("MESSAGE", fold: 1), .init("REASONS", fold: 2),
        ])
        for logged in entries {
            let entry = logged.entry
            table.append([
                .init("\(entry.index)"), .init(entry.time.dateTimeGroup), .init(entry.kind.rawValue),
                .init(entry.outcome.rawValue, entry.outcome.style),
                .init(entry.peer.map { QuantityText.identity($0.description) } ?? "-"),
                .init(entry.message?.description ?? "-"),
                .init(entry.reasons.isEmpty ? "-" : entry.reasons.joined(separator: ", ")),
            ])
        }
        return table
    }

    /// The entry with everything in it.
    func lines(for terminal: Terminal, _ words: EntryExplanations) -> [String] {
        var facts = FactList()
        facts.add("entry", "\(entry.index) of \(entry.log)")
        facts.add("time", QuantityText.time(entry.time))
        facts.add("kind", "\(entry.kind.rawValue): \(entry.kind.meaning)")
        facts.add("outcome", entry.outcome.rawValue)
        facts.add("reasons", entry.reasons.isEmpty ? nil : entry.reasons.joined(separator: ", "))
        facts.add("realm", entry.realm.description)
        facts.add("peer", entry.peer?.description)
        facts.add("message", entry.message?.description)
        facts.add("object", entry.object?.rawValue)
        facts.add("digest", entry.digest?.hex)
        facts.add("envelope", entry.envelope?.hex)
        facts.add("destination", entry.destination?.description)
        facts.add("next hop", entry.nextHop?.description)
        facts.add("number", entry.sequence.map { "\($0) of the stream to the destination" })
        facts.add("policy", entry.policy?.hex)
        facts.add("directory", entry.directory?.hex)
        facts.add("leaf hash", MerkleTree.leafHash(bytes).hex)
        return facts.lines() + [""] + words.lines + detailsLines(for: terminal)
    }

    private func detailsLines(for terminal: Terminal) -> [String] {
        guard let details else {
            return [
                "details gone: the entry still commits to them; `entente audit log --kind erasure` lists what was erased"
            ]
        }
        guard details.commitment == entry.details else {
            return [terminal.styled("DETAILS ALTERED: they are not what the entry commits to", .failure)]
        }
        let text = details.value?.indentedText ?? PrintableText.line(String(decoding: details.bytes, as: UTF8.self))
        return ["details, as the entry commits to them"]
            + text.split(separator: "\n", omittingEmptySubsequences: false).map { PrintableText.line(String($0)) }
    }

    /// Whether the stored details are other than the entry commits to.
    var hasAlteredDetails: Bool { details.map { $0.commitment != entry.details } ?? false }
}

extension AuditOutcome {
    var style: Terminal.Style? {
        switch self {
        case .allowed, .done: nil
        case .denied, .refused: .warning
        case .failed: .failure
        }
    }
}

extension AuditEntryKind {
    /// What the kind of entry says happened.
    var meaning: String {
        switch self {
        case .release: "an object left this node, its origin, for another node"
        case .denial: "policy denied a submission; nothing left"
        case .acceptance: "a message came into mailboxes of this node"
        case .relay: "this node took an object over from one node for another"
        case .transfer: "the next hop answered with its custody entry"
        case .custody: "a node behind the next hop has the message, as its log proves"
        case .delivery: "a recipient signed that it decrypted the message"
        case .receipt: "the recipient's signed receipt arrived at the originator's node"
        case .nonDelivery: "another node reported that it cannot deliver"
        case .void: "a released object will not be delivered; its number is closed"
        case .heartbeat: "this node said how far its stream to the destination has come"
        case .gap: "numbers of a stream did not come, or what was missing came to its end"
        case .gapRequest: "the destination of a stream asked its origin for missing numbers"
        case .gapReport: "the origin of a stream answered what became of missing numbers"
        case .streamFault: "the log of a stream's origin contradicts itself"
        case .refusal: "a request was refused"
        case .start: "the node started"
        case .stop: "the node stopped in order"
        case .policyChange: "another policy came into force"
        case .trustChange: "another directory, or another state of trust, came into force"
        case .fork: "a log has signed two histories, or gone back; the evidence is kept"
        case .forkAcknowledgement: "an operator has dealt with a fork; its evidence stays, its alarm has ended"
        case .recovery: "this log takes the place of one that lost its end"
        case .erasure: "bodies or details were erased; what the entries commit to still holds"
        case .hold: "a legal hold: what it names is not erased until it is released"
        case .holdRelease: "a legal hold has ended"
        case .operatorAction: "an operator changed something, or asked to"
        }
    }
}
