import ArgumentParser

/// What is wrong with a command line beyond what the argument parser looks at.
enum CommandLineCheck {
    /// A usage error in the form of every other failure: what was expected, how to write it, the next thing to do.
    static func failure(of error: any Error) -> CommandFailure {
        let text = Entente.fullMessage(for: error)
        // `Error: ...`, then the usage, and at last a pointer to the help, which `next:` says.
        var lines = text.split(separator: "\n").map(String.init)
        let pointer = lines.lastIndex { $0.hasPrefix("  See '") }.map { lines.remove(at: $0) }
        if lines.first?.hasPrefix("Error: ") == true { lines[0].removeFirst("Error: ".count) }
        let command = pointer?.split(separator: "'").dropFirst().first.map(String.init) ?? "entente --help"
        return CommandFailure(
            lines.joined(separator: "\n"),
            next: "see `\(command)`",
            status: .usage
        )
    }

    /// Refuses a command that only holds others.
    static func subcommand(of command: any ParsableCommand) throws(CommandFailure) {
        let type = type(of: command)
        let subcommands = type.configuration.subcommands
        guard !subcommands.isEmpty else { return }
        let path = path(to: type, from: Entente.self)?.joined(separator: " ") ?? "entente"
        throw CommandFailure(
            "expected a subcommand of `\(path)`: one of \(names(subcommands))",
            next: "see `\(path) --help`",
            status: .usage
        )
    }

    /// Refuses `help` for a subcommand that is not there.
    static func help(_ arguments: [String]) throws(CommandFailure) {
        guard arguments.first == "help" else { return }
        var type: any ParsableCommand.Type = Entente.self
        var path = "entente"
        for word in arguments.dropFirst() where !word.hasPrefix("-") && word != "help" {
            let subcommands = type.configuration.subcommands
            guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else {
                let expected =
                    subcommands.isEmpty
                    ? "`\(path)` has no subcommands" : "expected one of \(names(subcommands))"
                throw CommandFailure(
                    "no subcommand `\(word)` of `\(path)`: \(expected)",
                    next: "see `\(path) --help`",
                    status: .usage
                )
            }
            type = next
            path += " \(word)"
        }
    }

    private static func names(_ types: [any ParsableCommand.Type]) -> String {
        types.compactMap { type in type.configuration.commandName.map { "`\($0)`" } }.joined(separator: ", ")
    }

    private static func path(
        to wanted: any ParsableCommand.Type,
        from type: any ParsableCommand.Type
    ) -> [String]? {
        let name = type.configuration.commandName ?? ""
        if type == wanted { return [name] }
        for subcommand in type.configuration.subcommands {
            if let rest = path(to: wanted, from: subcommand) { return [name] + rest }
        }
        return nil
    }
}
