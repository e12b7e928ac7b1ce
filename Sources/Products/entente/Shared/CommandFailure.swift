import ArgumentParser

/// Why a command stops: what was expected and what came, the next thing to do, and the exit status.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    typealias Status = ExitStatus

    let status: ExitStatus
    let message: String
    /// The next thing to do, as an imperative sentence without a full stop.
    let next: String?
    /// Whether only the exit status says it, as there is nobody left to tell.
    private(set) var isSilent = false

    init(_ message: String, next: String? = nil, status: ExitStatus = .failed) {
        self.status = status
        self.message = message
        self.next = next
    }

    /// Whoever read standard output has gone away, as `head` does.
    static let readerGone: CommandFailure = {
        var failure = CommandFailure("nobody reads standard output any more")
        failure.isSilent = true
        return failure
    }()

    var description: String { next.map { "\(message)\nnext: \($0)" } ?? message }

    /// Runs the body of a command; a failure is printed on stderr and becomes the exit status.
    static func reporting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }

    /// Runs the body of an asynchronous command; a failure is printed on stderr and becomes the exit status.
    static func reportingAsync<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }

    /// Prints the failure for the person at the terminal and gives the exit status.
    ///
    /// Files and answers are quoted in it, so that it is made fit for a terminal here, whatever it is about.
    func reported() -> ExitCode {
        guard !isSilent else { return ExitCode(status.rawValue) }
        let terminal = Terminal.current
        let message = PrintableText.shortened(PrintableText.paragraphs(message))
        let next = next.map { PrintableText.shortened(PrintableText.paragraphs($0)) }
        terminal.message("\(terminal.styled("error:", .failure, on: .message)) \(message)")
        if let next { terminal.message("\(terminal.styled("next:", .emphasis, on: .message)) \(next)") }
        return ExitCode(status.rawValue)
    }
}
