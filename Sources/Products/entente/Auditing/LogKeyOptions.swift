import ArgumentParser
import TransparencyLog

/// The options that pin the key of a log.
struct LogKeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The log's verifier key, from a source that you trust.", valueName: "key"))
    var vkey: String?

    @Option(
        help: ArgumentHelp("A file with the log's verifier key on its first line.", valueName: "file"),
        completion: .file()
    )
    var vkeyFile: String?

    func validate() throws {
        if vkey != nil, vkeyFile != nil { throw ValidationError("expected one of --vkey and --vkey-file, got both") }
    }

    /// The pinned key; nil when none is given.
    func pinned() throws(CommandFailure) -> NoteVerifier? {
        if let vkeyFile { return try Self.key(inFile: vkeyFile) }
        return try vkey.map { text throws(CommandFailure) in try Self.key(text) }
    }

    /// The key on the first line of a file.
    static func key(inFile file: String) throws(CommandFailure) -> NoteVerifier {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(file, limit: 64 << 10)
        } catch {
            throw CommandFailure(
                error.message,
                next: "name the file with the log's key, as `entente pki log-key` has made it",
                status: .badConfiguration
            )
        }
        return try key(String(decoding: bytes.split(separator: UInt8(ascii: "\n")).first ?? [], as: UTF8.self))
    }

    /// The key that the text spells.
    static func key(_ text: String) throws(CommandFailure) -> NoteVerifier {
        var text = text
        while text.last?.isWhitespace == true { text.removeLast() }
        do {
            return try NoteVerifier(verifierKey: text)
        } catch {
            throw CommandFailure(
                "log key: \(error)",
                next: "take the key from the partner's sheet (`entente partner show FILE`) or from the node's operator",
                status: .badConfiguration
            )
        }
    }
}

/// The key that a log is judged by, and on whose word.
struct LogKey: Hashable, Sendable {
    let verifier: NoteVerifier
    /// Whether it comes from elsewhere than the log itself.
    let isPinned: Bool

    /// What to say to the person who relies on it.
    var note: String? {
        isPinned
            ? nil
            : "the log key is the word of the log's own holder, not pinned: give --vkey or --vkey-file to be sure"
    }
}
