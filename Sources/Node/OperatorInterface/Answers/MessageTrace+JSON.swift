import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import SecurityLabels
import TransparencyLog

extension TracedMessage {
    var json: JSONValue {
        [
            "originator": .string(originator.description),
            "envelope": .string(envelope.hex),
            "precedence": .string(precedence.name),
            "accepted": .string(accepted.rfc3339),
            "expires": .string(expires.rfc3339),
            "transfers": .array(transfers.map(\.json)),
            "mailboxes": .array(mailboxes.map(\.json)),
            "receipts": .array(receipts.map(\.json)),
            "non-deliveries": .array(nonDeliveries.map(\.json)),
        ]
    }
}

extension TracedTransfer {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "object": .string(item.object.rawValue),
            "destination": .string(item.destination.description),
            "next-hop": .string(item.nextHop.description),
            "precedence": .string(item.precedence.name),
            "size": .integer(Int64(item.size)),
            "attempts": .integer(Int64(item.attempts)),
            "due": .string(item.due.rfc3339),
            "expires": .string(item.expires.rfc3339),
            "entry": .integer(Int64(clamping: item.entryIndex)),
            "state": .string(state.rawValue),
        ]
        members["closing-entry"] = closingEntry.map { .integer(Int64(clamping: $0)) }
        members["custody"] = custody?.json
        if !onwardCustody.isEmpty { members["onward-custody"] = .array(onwardCustody.map(\.json)) }
        members["refusal"] = refusal?.json
        members["last-error"] = lastError.map { .string($0) }
        return .object(members)
    }
}

extension WitnessedLink {
    /// Another node's entry, and whether its proof still fits it. Whose signature the checkpoint bears was judged by
    /// the directory when the link came; here the bytes are compared once more.
    fileprivate var json: JSONValue {
        let (entry, proof) = (link.entry, link.proof)
        var proofJSON: JSONValue
        do {
            let head = proof.signedCheckpoint.checkpoint.head
            try proof.inclusionProof.verify(leaf: MerkleTree.leafHash(link.entryBytes), root: head.root)
            proofJSON = .object(
                ["state": "proven", "size": .integer(Int64(clamping: head.size))].merging(state?.members ?? [:]) { $1 }
            )
            if proof.index != entry.index || proof.signedCheckpoint.checkpoint.origin != entry.log {
                proofJSON = ["state": "broken", "detail": "the proof is of another entry"]
            }
        } catch {
            proofJSON = ["state": "broken", "detail": .string("\(error)")]
        }
        return [
            "log": .string(entry.log.rawValue),
            "index": .integer(Int64(clamping: entry.index)),
            "time": .string(entry.time.rfc3339),
            "kind": .string(entry.kind.rawValue),
            "proof": proofJSON,
        ]
    }
}

extension ReceivedCheckpoint.State {
    /// What is known of the tree beside the log's own word.
    fileprivate var members: [String: JSONValue] {
        switch self {
        case .provisional: ["witnessing": "provisional"]
        case .witnessed(_, let cosigners):
            ["witnessing": "witnessed", "cosigners": .array(cosigners.map { .string($0) })]
        case .forked: ["witnessing": "forked"]
        case .ended: ["witnessing": "ended"]
        }
    }
}

extension TracedMailbox {
    fileprivate var json: JSONValue {
        [
            "mailbox": .string(mailbox.description),
            "sequence": .integer(sequence),
            "received": .string(received.rfc3339),
            "receipted": .bool(isReceipted),
        ]
    }
}

extension TracedReceipt {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "recipient": .string(recipient.description),
            "digest": .string(receipt.digest.hex),
            "entry": .integer(Int64(clamping: entryIndex)),
            "received": .string(received.rfc3339),
        ]
        members["release"] = release?.json
        return .object(members)
    }
}

extension TracedNonDelivery {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "destination": .string(destination.description),
            "reason": .string(reason),
            "entry": .integer(Int64(clamping: entryIndex)),
            "received": .string(received.rfc3339),
        ]
        members["refusal"] = refusal?.json
        return .object(members)
    }
}
