import CoalitionDirectory
import StrictYAML

/// What `Config/directory/<CODE>.yaml` says: everything of a sheet that is not a certificate, a key or a time.
struct PartnerConfiguration {
    let file: String
    let code: PartnerCode
    let name: String
    let kind: PartnerKind
    let realm: Realm
    let trustDomain: TrustDomain
    let nodes: [(name: NodeName, endpoint: Endpoint)]
    let mailboxes: [(name: MailboxName, homeNode: NodeName)]
    /// The officers beside the registrar, who is always there.
    let officers: [PersonName]

    /// Reads the file strictly: every field known, named once, and in the one spelling of its kind.
    init(_ bytes: [UInt8], file: String) throws(CommandFailure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(file): expected UTF-8 text", next: "save it as UTF-8", status: .badConfiguration)
        }
        do {
            try self.init(YAMLFile.read(text, file: file))
        } catch {
            throw CommandFailure(error.description, next: "correct that line", status: .badConfiguration)
        }
    }

    private init(_ root: YAMLItem) throws(YAMLError) {
        let what = "the partner"
        let fields = try root.fields(
            what,
            ["code", "name", "kind", "realm", "trust-domain", "nodes", "mailboxes", "officers"]
        )
        file = root.file
        code = try root.required("code", what, in: fields)
            .value("a partner code") { text throws(IdentifierError) in try PartnerCode(text) }
        name = try root.required("name", what, in: fields).text("the partner's name")
        kind = try root.required("kind", what, in: fields)
            .choice("the partner's kind", PartnerKind.allCases.map { ($0.rawValue, $0) })
        realm = try fields["realm"]?.value("a realm") { text throws(IdentifierError) in try Realm(text) } ?? .live
        trustDomain = try root.required("trust-domain", what, in: fields)
            .value("a trust domain") { text throws(IdentifierError) in try TrustDomain(text) }
        let nodes = try Self.nodes(try root.required("nodes", what, in: fields))
        self.nodes = nodes
        mailboxes = try fields["mailboxes"].map { item throws(YAMLError) in try Self.mailboxes(item, at: nodes) } ?? []
        officers = try fields["officers"].map { item throws(YAMLError) in try Self.officers(item) } ?? []
    }

    private static func nodes(_ item: YAMLItem) throws(YAMLError) -> [(name: NodeName, endpoint: Endpoint)] {
        var nodes: [(name: NodeName, endpoint: Endpoint)] = []
        for entry in try item.entries("the nodes") {
            let what = "the node `\(entry.name)`"
            let fields = try entry.value.fields(what, ["endpoint"])
            let endpoint = try entry.value.required("endpoint", what, in: fields)
                .value("an endpoint") { text throws(IdentifierError) in try Endpoint(text) }
            nodes.append((try nodeName(entry.key), endpoint))
        }
        return nodes
    }

    private static func mailboxes(
        _ item: YAMLItem,
        at nodes: [(name: NodeName, endpoint: Endpoint)]
    ) throws(YAMLError) -> [(name: MailboxName, homeNode: NodeName)] {
        var mailboxes: [(name: MailboxName, homeNode: NodeName)] = []
        for entry in try item.entries("the mailboxes") {
            let what = "the mailbox `\(entry.name)`"
            let fields = try entry.value.fields(what, ["node"])
            let home = try entry.value.required("node", what, in: fields)
            let homeNode = try nodeName(home)
            guard nodes.contains(where: { $0.name == homeNode }) else {
                throw home.error(
                    "expected one of the nodes of this file, got `\(homeNode)`: add it or correct the name"
                )
            }
            let name = try entry.key.value("a mailbox name") { text throws(IdentifierError) in try MailboxName(text) }
            mailboxes.append((name, homeNode))
        }
        return mailboxes
    }

    private static func officers(_ item: YAMLItem) throws(YAMLError) -> [PersonName] {
        var officers: [PersonName] = []
        for element in try item.items("the officers") {
            let officer = try element.value("an officer's name") { text throws(IdentifierError) in
                try PersonName(text)
            }
            guard officer.rawValue != SignedSheet.registrarName, !officers.contains(officer) else {
                throw element.error("officer `\(officer)` is listed already: remove it here")
            }
            officers.append(officer)
        }
        return officers
    }

    private static func nodeName(_ item: YAMLItem) throws(YAMLError) -> NodeName {
        try item.value("a node name") { text throws(IdentifierError) in try NodeName(text) }
    }
}
