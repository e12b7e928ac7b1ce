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

    /// What this process is connected to. Colours are left out where `NO_COLOR` is set or the terminal is a dumb one.
    static let current = Terminal(
        isDataTerminal: isatty(STDOUT_FILENO) == 1,
        isMessageTerminal: isatty(STDERR_FILENO) == 1,
        environment: ProcessInfo.processInfo.environment
    )

    init(isDataTerminal: Bool, isMessageTerminal: Bool, environment: [String: String]) {
        self.isDataTerminal = isDataTerminal
        self.isMessageTerminal = isMessageTerminal
        usesColour = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
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
    func print(_ line: String) { Self.write(Array("\(line)\n".utf8), to: STDOUT_FILENO) }

    /// Prints bytes of data as they are.
    func print(bytes: [UInt8]) { Self.write(bytes, to: STDOUT_FILENO) }

    /// Prints JSON as data.
    func print(json: JSONValue) { print(json.indentedText) }

    /// Prints a line for the person who runs the command.
    func message(_ line: String) { Self.write(Array("\(line)\n".utf8), to: STDERR_FILENO) }

    /// Whoever reads may go away early (`| head`); there is nobody left to tell then.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
