/// A checkpoint inside the signed note that carries it (C2SP tlog-checkpoint).
///
/// A value says nothing about the signatures: rely on ``checkpoint`` only after ``verify(by:)``.
public struct SignedCheckpoint: Hashable, Sendable {
    /// What the note claims.
    public let checkpoint: Checkpoint
    /// The note with all its signature lines.
    public let note: SignedNote

    /// The checkpoint, signed by the log whose name the key bears.
    ///
    /// - Throws: ``CheckpointError/keyNameMismatch(origin:keyName:)`` and ``CheckpointError/note(_:)``
    public init(signing checkpoint: Checkpoint, by signer: NoteSigner) throws(CheckpointError) {
        try Self.check(signer.name, against: checkpoint)
        do {
            note = try SignedNote(signing: checkpoint.text, by: signer)
        } catch {
            throw .note(error)
        }
        self.checkpoint = checkpoint
    }

    /// The checkpoint that `bytes` spell; ``bytes`` are then the same.
    ///
    /// - Throws: ``CheckpointError``
    public init(parsing bytes: [UInt8]) throws(CheckpointError) {
        do {
            note = try SignedNote(parsing: bytes)
        } catch {
            throw .note(error)
        }
        checkpoint = try Checkpoint(parsing: note.text)
    }

    /// The note as it is stored and sent.
    public var bytes: [UInt8] { note.bytes }

    /// The checkpoint, if the log has signed it: the key bears the name of the log, and its signature verifies.
    ///
    /// A key of another log never passes, so that no log can sign for another.
    ///
    /// - Throws: ``CheckpointError/keyNameMismatch(origin:keyName:)`` and ``CheckpointError/note(_:)``
    @discardableResult
    public func verify(by verifier: NoteVerifier) throws(CheckpointError) -> Checkpoint {
        try Self.check(verifier.name, against: checkpoint)
        do {
            try note.verify(by: verifier)
        } catch {
            throw .note(error)
        }
        return checkpoint
    }

    /// Whether ``verify(by:)`` passes.
    public func isSigned(by verifier: NoteVerifier) -> Bool {
        do {
            try verify(by: verifier)
            return true
        } catch {
            return false
        }
    }

    private static func check(_ name: NoteKeyName, against checkpoint: Checkpoint) throws(CheckpointError) {
        guard name.rawValue.utf8.elementsEqual(checkpoint.origin.rawValue.utf8) else {
            throw .keyNameMismatch(origin: checkpoint.origin, keyName: name)
        }
    }
}
