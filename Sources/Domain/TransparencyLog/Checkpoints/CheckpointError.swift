/// Why a checkpoint is refused.
public enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An origin is empty, overlong or contains control characters.
    case malformedOrigin(String)
    /// The text is not a checkpoint in the accepted form.
    case malformed(reason: String)
    /// The key that signs or verifies does not bear the name of the log.
    case keyNameMismatch(origin: LogOrigin, keyName: NoteKeyName)
    /// The note around the checkpoint is malformed, or not signed by the key.
    case note(NoteError)

    public var description: String {
        switch self {
        case .malformedOrigin(let text):
            "log origin malformed: expected 1 to \(LogOrigin.maximumByteCount) bytes without control characters, got `\(text)`"
        case .malformed(let reason):
            "checkpoint malformed: \(reason)"
        case .keyNameMismatch(let origin, let keyName):
            "checkpoint refused: expected a key with the name of the log, `\(origin)`, got `\(keyName)`"
        case .note(let error):
            "checkpoint refused: \(error)"
        }
    }
}
