import CoalitionDirectory
import Foundation
import StrictYAML

extension ContextFile {
    /// Where the file is looked for when no option names it: `ENTENTE_CONFIG`, or the user's configuration folder.
    static func defaultPath(environment: [String: String]) -> String {
        if let path = environment["ENTENTE_CONFIG"], !path.isEmpty { return path }
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/entente/config.yaml" }
        return "\(environment["HOME", default: ""])/.config/entente/config.yaml"
    }

    /// Reads the file. Paths in it are relative to the folder that it stands in.
    static func read(_ path: String) throws(CommandFailure) -> ContextFile {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path)
        } catch {
            throw CommandFailure(
                error.message,
                next: "write the configuration (`entente help send` shows its form), or name it with --config",
                status: .badConfiguration
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(path): expected UTF-8 text", status: .badConfiguration)
        }
        do {
            return try parse(text, path: path)
        } catch {
            throw CommandFailure(
                "\(error)",
                next: "correct that line of the configuration",
                status: .badConfiguration
            )
        }
    }

    static func parse(_ text: String, path: String) throws(YAMLError) -> ContextFile {
        let root = try YAMLFile.read(text, file: path)
        let fields = try root.fields("the configuration", ["contexts", "default"])
        let reader = ContextReader(folder: URL(fileURLWithPath: path).deletingLastPathComponent())
        var contexts: [String: CommandContext] = [:]
        for entry in try root.required("contexts", "the configuration", in: fields).entries("the contexts") {
            contexts[entry.name] = try reader.context(entry)
        }
        var defaultName = contexts.count == 1 ? contexts.keys.first : nil
        if let item = fields["default"] {
            defaultName = try item.choice("a context", contexts.keys.sorted().map { ($0, $0) })
        }
        return ContextFile(path: path, defaultName: defaultName, contexts: contexts)
    }
}

/// Reads one context of the file.
private struct ContextReader {
    let folder: URL

    func context(_ entry: YAMLItem.Entry) throws(YAMLError) -> CommandContext {
        let what = "the context `\(entry.name)`"
        let item = entry.value
        let fields = try item.fields(
            what,
            [
                "partner", "realm", "node", "roots", "directory", "sheets", "policy", "mailboxes", "operator-socket",
            ]
        )
        let partner = try item.required("partner", what, in: fields)
            .value("a partner code") { text throws(IdentifierError) in try PartnerCode(text) }
        return CommandContext(
            name: entry.name,
            place: "\(item.file):\(entry.key.line)",
            partner: partner,
            realm: try fields["realm"]?.value("a realm") { text throws(IdentifierError) in try Realm(text) } ?? .live,
            messaging: try messaging(item, what, fields, partner: partner),
            policy: try fields["policy"].map(path),
            operatorSocket: try fields["operator-socket"].map(path)
        )
    }

    /// Nil when nothing of it is there, for a context that is for operators alone; else all of it must be.
    private func messaging(
        _ item: YAMLItem,
        _ what: String,
        _ fields: [String: YAMLItem],
        partner: PartnerCode
    ) throws(YAMLError) -> CommandContext.Messaging? {
        guard ["node", "roots", "directory", "sheets", "mailboxes"].contains(where: { fields[$0] != nil }) else {
            return nil
        }
        let rootsItem = try item.required("roots", what, in: fields)
        let roots = try paths(rootsItem, "the pinned roots")
        guard roots[partner] != nil else {
            throw rootsItem.error("expected the root of the own partner `\(partner)` among the roots: add it")
        }
        let sheets = try fields["sheets"].map { sheets throws(YAMLError) in try paths(sheets, "the sheets") } ?? [:]
        if let item = fields["sheets"], let stranger = Set(sheets.keys).subtracting(roots.keys).min() {
            throw item.error("there is a sheet of `\(stranger)` and no root: add its root under `roots`")
        }
        var mailboxes: [MailboxName: CommandContext.Mailbox] = [:]
        for entry in try item.required("mailboxes", what, in: fields).entries("the mailboxes") {
            let name = try entry.key.value("a mailbox name") { text throws(IdentifierError) in try MailboxName(text) }
            mailboxes[name] = try mailbox(entry.value, "the mailbox `\(name)`")
        }
        return CommandContext.Messaging(
            node: try item.required("node", what, in: fields)
                .value("an endpoint") { text throws(IdentifierError) in try Endpoint(text) },
            roots: roots,
            directory: try path(try item.required("directory", what, in: fields)),
            sheets: sheets,
            mailboxes: mailboxes
        )
    }

    private func mailbox(_ item: YAMLItem, _ what: String) throws(YAMLError) -> CommandContext.Mailbox {
        let fields = try item.fields(what, ["signing", "signing-key", "encryption", "encryption-key"])
        let signing = CommandContext.KeyPair(
            certificate: try path(try item.required("signing", what, in: fields)),
            key: try path(try item.required("signing-key", what, in: fields))
        )
        let keysItem = try item.required("encryption-key", what, in: fields)
        let certificates = try item.required("encryption", what, in: fields).items("certificates")
        let keys = try keysItem.items("keys")
        guard certificates.count == keys.count else {
            throw keysItem.error(
                "expected as many keys as `encryption` has certificates, \(certificates.count), got \(keys.count)"
            )
        }
        var encryption: [CommandContext.KeyPair] = []
        for (certificate, key) in zip(certificates, keys) {
            encryption.append(CommandContext.KeyPair(certificate: try path(certificate), key: try path(key)))
        }
        return CommandContext.Mailbox(signing: signing, encryption: encryption)
    }

    private func paths(_ item: YAMLItem, _ what: String) throws(YAMLError) -> [PartnerCode: String] {
        var paths: [PartnerCode: String] = [:]
        for entry in try item.entries(what) {
            let code = try entry.key.value("a partner code") { text throws(IdentifierError) in try PartnerCode(text) }
            paths[code] = try path(entry.value)
        }
        return paths
    }

    private func path(_ item: YAMLItem) throws(YAMLError) -> String {
        URL(fileURLWithPath: try item.text("a path"), relativeTo: folder).standardizedFileURL.path
    }
}
