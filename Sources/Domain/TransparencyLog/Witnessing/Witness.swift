import OpenSSLCrypto

/// A witness of logs: whom it knows, what it has cosigned last, and the decision on the next checkpoint.
///
/// Pure: the caller loads the latest checkpoint, asks ``decide(addCheckpoint:at:)`` and persists what it answers in one
/// transaction, so that two requests never both go on from one checkpoint.
public struct Witness: Sendable {
    /// What a witness knows of one log.
    public struct Log: Sendable {
        /// The keys of the log, any one of which suffices; they bear its name.
        public let keys: [NoteVerifier]
        /// The checkpoint cosigned last; nil before the first.
        public let latest: SignedCheckpoint?
        /// Evidence that a key of the log has signed two histories, or gone back: nothing is cosigned any more.
        public let evidence: Fork?

        public init(keys: [NoteVerifier], latest: SignedCheckpoint?, evidence: Fork? = nil) {
            self.keys = keys
            self.latest = latest
            self.evidence = evidence
        }
    }

    private let signer: CosignatureSigner
    private let log: @Sendable (LogOrigin) -> Log?

    /// - Parameter log: What is known of a log; nil for one that is not witnessed here.
    public init(signer: CosignatureSigner, log: @escaping @Sendable (LogOrigin) -> Log?) {
        self.signer = signer
        self.log = log
    }

    /// The whole decision, in the order of the specification: form, log, signature, sizes, consistency.
    ///
    /// Evidence against the log counts last: a log that has gone back learns that from its witness, and a further
    /// contradiction is found as such.
    ///
    /// - Parameter time: Seconds since the epoch.
    /// - Throws: ``NoteError/signingFailed(reason:)`` when all holds and libcrypto cannot sign.
    public func decide(addCheckpoint bytes: [UInt8], at time: UInt64) throws(NoteError) -> WitnessDecision {
        let request: AddCheckpointRequest
        do {
            request = try AddCheckpointRequest(parsing: bytes)
        } catch {
            return .refused(.badRequest(reason: "\(error)"))
        }
        let signed = request.signedCheckpoint
        let origin = signed.checkpoint.origin
        guard let log = log(origin) else { return .refused(.unknownLog(origin)) }
        guard log.keys.contains(where: { signed.isSigned(by: $0) }) else { return .refused(.notSigned(origin)) }
        if let refusal = Self.refusal(of: request, after: log.latest) { return .refused(refusal) }
        if let evidence = log.evidence { return .refused(.convicted(evidence)) }
        let cosignature = try signer.cosign(signed.checkpoint, at: time)
        return .cosigned(latest: signed, response: AddCheckpointResponse(signatures: [cosignature]))
    }

    /// Why the checkpoint does not go on from the one cosigned last; nil when it does.
    private static func refusal(of request: AddCheckpointRequest, after latest: SignedCheckpoint?) -> WitnessRefusal? {
        let head = request.signedCheckpoint.checkpoint.head
        guard request.oldSize <= head.size else {
            return .badRequest(
                reason: "expected an old size of at most the checkpoint's, \(head.size), got \(request.oldSize)"
            )
        }
        let old = latest?.checkpoint.head ?? .empty
        guard request.oldSize == old.size else { return .otherSize(latest: old.size) }
        if let latest, head.size == old.size, head.root != old.root {
            return .fork(Fork(checkedFirst: latest, second: request.signedCheckpoint, claim: .sameSize))
        }
        do {
            let proof = ConsistencyProof(oldSize: old.size, newSize: head.size, path: request.proof)
            try proof.verify(oldRoot: old.root, newRoot: head.root)
            return nil
        } catch {
            return .inconsistent(error)
        }
    }
}
