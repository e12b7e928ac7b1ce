import TransparencyLog

extension FuzzTarget {
    static let logs: [FuzzTarget] = [
        FuzzTarget("notes", seeds: []) { bytes in
            guard let note = accepted({ () throws(NoteError) in try SignedNote(parsing: bytes) }) else { return false }
            let again = promised("a note can be made of its parts") { () throws(NoteError) in
                try SignedNote(text: note.text, signatures: note.signatures)
            }
            precondition(note.bytes == bytes && again == note, "a note of the same parts has other bytes")
            return true
        },
        FuzzTarget("checkpoints", seeds: []) { bytes in
            guard let signed = accepted({ () throws(CheckpointError) in try SignedCheckpoint(parsing: bytes) }) else {
                return false
            }
            let checkpoint = signed.checkpoint
            let again = promised("a checkpoint can be made of its parts") { () throws(CheckpointError) in
                try Checkpoint(
                    origin: checkpoint.origin,
                    head: checkpoint.head,
                    extensionLines: checkpoint.extensionLines
                )
            }
            precondition(signed.bytes == bytes && again == checkpoint, "a checkpoint of the same parts differs")
            return true
        },
        FuzzTarget("log-proofs", seeds: []) { bytes in
            guard let proof = accepted({ () throws(ProofError) in try LogProof(parsing: bytes) }) else { return false }
            precondition(proof.bytes == bytes, "a proof was written otherwise than it was read")
            return true
        },
        FuzzTarget("verifier-keys", seeds: []) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let key = accepted({ () throws(NoteError) in try NoteVerifier(verifierKey: text) }) else {
                return false
            }
            precondition(key.verifierKey.utf8.elementsEqual(bytes), "a key was written otherwise than it was read")
            return true
        },
        FuzzTarget("witness-requests", seeds: []) { bytes in
            let request = accepted { () throws(WitnessFormError) in try AddCheckpointRequest(parsing: bytes) }
            guard let request else { return false }
            precondition(request.bytes == bytes, "a request was written otherwise than it was read")
            return true
        },
        FuzzTarget("witness-responses", seeds: []) { bytes in
            let response = accepted { () throws(WitnessFormError) in try AddCheckpointResponse(parsing: bytes) }
            guard let response else { return false }
            precondition(response.bytes == bytes, "a response was written otherwise than it was read")
            return true
        },
        FuzzTarget("witness-policies", seeds: []) { bytes in
            let policy = accepted { () throws(WitnessPolicyError) in try WitnessPolicy(parsing: bytes) }
            guard let policy else { return false }
            let again = promised("a policy that was written can be read") { () throws(WitnessPolicyError) in
                try WitnessPolicy(parsing: policy.bytes)
            }
            precondition(again == policy && again.bytes == policy.bytes, "a policy came back as another one")
            let everybody = Set(policy.witnesses.map(\.name))
            precondition(policy.isQuorum(everybody), "all witnesses together are no quorum")
            precondition(policy.isQuorum([]) == (policy.quorum == nil), "nobody is a quorum")
            return true
        },
        FuzzTarget("forks", seeds: []) { bytes in
            guard let fork = accepted({ () throws(ForkError) in try Fork(parsing: bytes) }) else { return false }
            precondition(fork.bytes == bytes, "evidence was written otherwise than it was read")
            return true
        },
    ]
}
