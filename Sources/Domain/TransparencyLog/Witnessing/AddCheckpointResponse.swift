/// What a witness answers when it has cosigned: one signature line or more (C2SP tlog-witness, "add-checkpoint").
public struct AddCheckpointResponse: Hashable, Sendable {
    /// At least one; those of unknown keys are to be ignored.
    public let signatures: [NoteSignature]

    /// - Precondition: There is a signature.
    public init(signatures: [NoteSignature]) {
        precondition(!signatures.isEmpty, "a witness that cosigns answers with a signature")
        self.signatures = signatures
    }

    /// The response as it is sent.
    public var bytes: [UInt8] { signatures.flatMap(\.line) }

    /// The response that `bytes` spell; ``bytes`` are then the same.
    ///
    /// - Throws: ``WitnessFormError``
    public init(parsing bytes: [UInt8]) throws(WitnessFormError) {
        guard bytes.last == UInt8(ascii: "\n") else { throw WitnessFormError("expected a newline at the end") }
        do {
            // The note around the lines is any: what counts is that they can stand in one.
            let note = try SignedNote(parsing: Array("\n\n".utf8) + bytes)
            self.init(signatures: note.signatures)
        } catch {
            throw WitnessFormError("\(error)")
        }
        guard self.bytes == bytes else { throw WitnessFormError("expected signature lines only") }
    }

    /// The checkpoint with those cosignatures added that the verifiers, which the caller trusts, verify and that it has not
    /// yet; others are left out.
    ///
    /// - Throws: ``CheckpointError/note(_:)`` when none is left, or the note would grow too large.
    public func added(
        to signed: SignedCheckpoint,
        by verifiers: [CosignatureVerifier]
    ) throws(CheckpointError) -> SignedCheckpoint {
        let valid = signatures.filter { line in
            !signed.note.signatures.contains(line)
                && verifiers.contains { verifier in
                    do {
                        _ = try verifier.time(of: line, over: signed.checkpoint)
                        return true
                    } catch {
                        return false
                    }
                }
        }
        do {
            guard !valid.isEmpty else { throw NoteError.malformedNote(reason: "expected a new valid cosignature") }
            let note = try SignedNote(text: signed.note.text, signatures: signed.note.signatures + valid)
            return try SignedCheckpoint(parsing: note.bytes)
        } catch let error as NoteError {
            throw .note(error)
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw .malformed(reason: "\(error)")
        }
    }
}
