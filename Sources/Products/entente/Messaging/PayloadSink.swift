import MessageEnvelope

/// Where the content of an opened message goes.
struct PayloadSink {
    /// The file as given; nil or `-` for standard output.
    let out: String?
    let mayOverwrite: Bool
    /// Whether standard output is for JSON, which then holds the content when there is no file.
    let isJSON: Bool
    let terminal: Terminal

    /// The file to write to; nil for standard output.
    var file: String? { out == "-" ? nil : out }

    /// Refuses a file that is there before anything is fetched, so that no receipt is sent for what was not written.
    func check() throws(CommandFailure) {
        guard let file, WholeFile.exists(file), !mayOverwrite else { return }
        throw CommandFailure(
            "`\(file)` is there already",
            next: "choose another name with --out, or overwrite with --force"
        )
    }

    /// Writes the content, all of it and durably, or throws: the receipt says that the recipient has it.
    func write(_ content: OpenedMessage) throws(CommandFailure) {
        if let file {
            if mayOverwrite {
                try WholeFile.replace(file, with: content.payload, mode: 0o600, makingFolders: false)
            } else {
                try WholeFile.create(file, with: content.payload, mode: 0o600, makingFolders: false)
            }
            terminal.message("content written to \(file)")
        } else if isJSON {
            return
        } else if terminal.isDataTerminal {
            guard let text = PrintableText.text(of: content.payload) else {
                throw CommandFailure(
                    "the content is not text: \(PrintableText.line(content.description.mediaType)), "
                        + "\(content.payload.count) bytes; no receipt was sent",
                    next: "write it to a file with --out"
                )
            }
            terminal.message("")
            try terminal.print(PrintableText.paragraphs(text))
        } else {
            try terminal.print(bytes: content.payload)
            try terminal.synchronise()
        }
    }
}
