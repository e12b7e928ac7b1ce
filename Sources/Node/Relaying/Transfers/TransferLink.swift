package import CanonicalEncoding
package import CoalitionDirectory
import OpenSSLCrypto
package import TransparencyLog

/// One node's proof that its log holds what it did with an object: the entry's exact bytes and the inclusion proof.
///
/// A tlog-proof does not carry its leaf, so the two travel together.
package struct TransferLink: Hashable, Sendable {
    package let entry: AuditEntry
    package let entryBytes: [UInt8]
    package let proof: LogProof

    /// The longest proof in a link, in bytes: room for a path of 64 hashes and the lines of some two hundred witnesses.
    package static let maximumProofSize = 49_152

    package init(entryBytes: [UInt8], proof: LogProof) throws(TransferError) {
        do {
            entry = try AuditEntry(canonicalBytes: entryBytes)
        } catch {
            throw TransferError(.malformedTransfer, "\(error)")
        }
        self.entryBytes = entryBytes
        self.proof = proof
    }

    /// The link of an entry that this process has encoded itself and put into its own log.
    ///
    /// `entryBytes` must be the entry's canonical bytes: whatever comes from elsewhere is parsed instead.
    package init(encoding entry: AuditEntry, as entryBytes: [UInt8], proof: LogProof) {
        self.entry = entry
        self.entryBytes = entryBytes
        self.proof = proof
    }

    /// `{"entry": <base 64 of the entry's bytes>, "proof": <tlog-proof text>}`.
    package var json: JSONValue {
        ["entry": .string(Base64.encode(entryBytes)), "proof": .string(String(decoding: proof.bytes, as: UTF8.self))]
    }

    package init(json: JSONValue) throws(TransferError) {
        guard let members = json.objectValue, Set(members.keys) == ["entry", "proof"],
            let entryBytes = members["entry"]?.stringValue.flatMap({ Base64.decode($0) }),
            let proof = members["proof"]?.stringValue
        else {
            throw TransferError(.malformedTransfer, "expected a link with `entry` in base 64 and `proof` as text")
        }
        guard proof.utf8.count <= Self.maximumProofSize else {
            throw TransferError(
                .malformedTransfer,
                "expected a proof of \(Self.maximumProofSize) bytes at most, got \(proof.utf8.count)"
            )
        }
        do {
            try self.init(entryBytes: entryBytes, proof: try LogProof(parsing: Array(proof.utf8)))
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError(.malformedTransfer, "\(error)")
        }
    }

    /// Proves that the log of `node` holds the entry at the index that the entry names.
    package func verify(log node: SPIFFEID, in directory: Directory) throws(TransferError) {
        guard entry.log.rawValue == node.logName, entry.index == proof.index else {
            throw TransferError(
                .proofMismatch,
                "expected entry \(proof.index) of log `\(node.logName)`, got entry \(entry.index) of `\(entry.log)`"
            )
        }
        do {
            guard let record = directory.node(node) else {
                throw TransferError(.proofMismatch, "no sheet lists the node `\(node)`")
            }
            let verifier = try NoteVerifier(verifierKey: record.log.text)
            let checkpoint = try proof.verify(leafHash: MerkleTree.leafHash(entryBytes), verifier: verifier)
            guard checkpoint.origin == entry.log else {
                throw TransferError(
                    .proofMismatch,
                    "expected a checkpoint of log `\(entry.log)`, got one of `\(checkpoint.origin)`"
                )
            }
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError(.proofMismatch, "\(error)")
        }
    }
}

extension SPIFFEID {
    /// The name of a node's log, which is the origin line of its checkpoints: the identity without its scheme.
    package var logName: String { String(description.dropFirst("spiffe://".count)) }
}
