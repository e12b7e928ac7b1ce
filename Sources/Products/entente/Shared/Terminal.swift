import CanonicalEncoding
import Foundation

/// Where the command prints: data on standard output, messages on standard error.
struct Terminal: Sendable {
    /// What a piece of text is to say by its looks.
    enum Style: String, Sendable {
        case emphasis = "1"
        case success = "32"
        case warning = "33"
        case failure = "1;31"
    }

    enum Stream: Sendable {
        case data
        case message
    }

    /// Whether a person reads standard output, rather than a pipe or a file.
    let isDataTerminal: Bool
    /// Whether a person reads standard error.
    let isMessageTerminal: Bool
    private let usesColour: Bool
    /// Whether the terminal understands no commands.
    private let isDumb: Bool
    private let columns: Int?

    /// What this process is connected to. Colours are left out where `NO_COLOR` is set or the terminal is a dumb one.
    static let current = Terminal(
        isDataTerminal: isatty(STDOUT_FILENO) == 1,
        isMessageTerminal: isatty(STDERR_FILENO) == 1,
        environment: ProcessInfo.processInfo.environment,
        columns: windowColumns()
    )

    /// - Parameter columns: the width of the window; `COLUMNS` in the environment comes first.
    init(isDataTerminal: Bool, isMessageTerminal: Bool, environment: [String: String], columns: Int? = nil) {
        self.isDataTerminal = isDataTerminal
        self.isMessageTerminal = isMessageTerminal
        isDumb = environment["TERM"] == "dumb"
        usesColour = environment["NO_COLOR", default: ""].isEmpty && !isDumb
        self.columns = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? columns
    }

    /// How many columns a person's terminal has; nil when it does not say, and for pipes and files, which have no end.
    func width(of stream: Stream) -> Int? { isTerminal(stream) ? columns : nil }

    private static func windowColumns() -> Int? {
        var size = winsize()
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 {
            if size.ws_col > 0 { return Int(size.ws_col) }
        }
        return nil
    }

    /// Whether a person reads the stream.
    func isTerminal(_ stream: Stream) -> Bool {
        switch stream {
        case .data: isDataTerminal
        case .message: isMessageTerminal
        }
    }

    /// The text in its style where a person reads the stream in colour, else the text alone.
    func styled(_ text: String, _ style: Style, on stream: Stream = .data) -> String {
        isTerminal(stream) && usesColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Prints a line of data.
    /// - Throws: a failure when it cannot be written, here and below: data that is lost is never a success.
    func print(_ line: String) throws(CommandFailure) { try print(bytes: Array("\(line)\n".utf8)) }

    /// Empties the screen of a person who reads standard output; does nothing to pipes, files and dumb terminals.
    func clear() throws(CommandFailure) {
        if isDataTerminal, !isDumb { try print(bytes: Array("\u{1B}[H\u{1B}[2J".utf8)) }
    }

    /// Prints bytes of data as they are.
    func print(bytes: [UInt8]) throws(CommandFailure) {
        guard let error = Self.write(bytes, to: STDOUT_FILENO) else { return }
        guard error != EPIPE else { throw .readerGone }
        throw Self.failure(error)
    }

    /// Waits until what was printed lies on the disk, where standard output is a file.
    func synchronise() throws(CommandFailure) {
        guard fsync(STDOUT_FILENO) != 0, ![EINVAL, ENOTSUP, EROFS].contains(errno) else { return }
        throw Self.failure(errno)
    }

    /// Prints JSON as data.
    func print(json: JSONValue) throws(CommandFailure) { try print(json.indentedText) }

    /// Prints a line for the person who runs the command. When that cannot be written, there is nobody to tell.
    func message(_ line: String) { _ = Self.write(Array("\(line)\n".utf8), to: STDERR_FILENO) }

    /// Puts a line for a person in the place of the one that this wrote before.
    func rewrite(_ line: String) {
        _ = Self.write(Array((isDumb ? "\r\(line)" : "\r\u{1B}[K\(line)").utf8), to: STDERR_FILENO)
    }

    private static func failure(_ error: Int32) -> CommandFailure {
        CommandFailure(
            "cannot write standard output: \(String(cString: strerror(error)))",
            next: "see where standard output goes, and run the command again"
        )
    }

    /// Writes all of it; gives the error number when not all could be written.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            written += count
        }
        return nil
    }
}
