import ArgumentParser
import Foundation

/// Where the command starts and ends: arguments in, messages and the exit status out.
@main
enum Program {
    static func main() async {
        // A reader that goes away is an error of the write then, and no end without a word in the middle of something.
        signal(SIGPIPE, SIG_IGN)
        takeStandardDescriptors()
        do {
            try checkArguments()
            var command = try Entente.parseAsRoot()
            try CommandLineCheck.subcommand(of: command)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Opens what came closed, so that reading or writing it fails: the next file would else get its number, and what
    /// is printed would go into that file.
    private static func takeStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Refuses what Swift would turn into replacement characters, and words after `help` that are no subcommand.
    private static func checkArguments() throws {
        for (place, argument) in CommandLine.unsafeArguments.enumerated() {
            guard String(validatingCString: argument) == nil else { continue }
            throw ValidationError("expected argument \(place + 1) to be UTF-8 text")
        }
        try CommandLineCheck.help(Array(CommandLine.arguments.dropFirst()))
    }

    private static func end(with error: any Error) -> Never {
        switch error {
        case let failure as CommandFailure:
            Foundation.exit(failure.reported().rawValue)
        case let code as ExitCode:
            Foundation.exit(code.rawValue)
        default:
            Foundation.exit(ending(with: error).rawValue)
        }
    }
}

extension Program {
    /// What the argument parser throws: help and the like are data, all else is a failure.
    private static func ending(with error: any Error) -> ExitCode {
        switch Entente.exitCode(for: error) {
        case .success:
            do {
                try Terminal.current.print(Entente.fullMessage(for: error))
                return .success
            } catch {
                return error.reported()
            }
        case .validationFailure: return CommandLineCheck.failure(of: error).reported()
        case let status:
            _ = CommandFailure(Entente.message(for: error)).reported()
            return status
        }
    }
}

extension CommandLine {
    /// The arguments behind the program's name as the system gave them.
    fileprivate static var unsafeArguments: [UnsafePointer<CChar>] {
        (1..<max(1, Int(argc))).compactMap { unsafeArgv[$0].map { UnsafePointer($0) } }
    }
}
