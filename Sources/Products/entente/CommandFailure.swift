import ArgumentParser
import Foundation

/// Why a command stops: what was expected and what came, the next thing to do, and the exit status.
struct CommandFailure: Error, CustomStringConvertible {
    /// The exit statuses beside 0; usage errors (64) are the argument parser's own.
    enum Status: Int32 {
        case failed = 1
        case badConfiguration = 11
    }

    let status: Status
    let message: String
    /// The next thing to do, as an imperative sentence without a full stop.
    let next: String?

    init(_ message: String, next: String? = nil, status: Status = .failed) {
        self.status = status
        self.message = message
        self.next = next
    }

    var description: String { next.map { "\(message)\nnext: \($0)" } ?? message }

    /// Runs the body of a command; a failure is printed on stderr and becomes its exit status.
    static func reporting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("error: \(failure)\n".utf8))
            throw ExitCode(failure.status.rawValue)
        }
    }
}
