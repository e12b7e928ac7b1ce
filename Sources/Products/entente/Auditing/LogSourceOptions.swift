import ArgumentParser

/// The options that choose the log to read: a running node's, or a copied database.
struct LogSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Read a copied database instead of asking a node.", valueName: "file"),
        completion: .file(extensions: ["sqlite"])
    )
    var file: String?

    @OptionGroup var node: OperatorOptions

    func validate() throws {
        if file != nil, node.socket != nil { throw ValidationError("expected one of --file and --socket, got both") }
    }

    /// - Parameter mayBeArchive: whether the entries alone are asked for, so that an archive of a part of them will do.
    func source(mayBeArchive: Bool = false) throws(CommandFailure) -> LogSource {
        if let file { return try LogSource.copy(of: file, mayBeArchive: mayBeArchive) }
        return .node(try node.client())
    }
}
