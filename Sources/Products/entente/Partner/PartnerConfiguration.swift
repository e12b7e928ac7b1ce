import CoalitionDirectory

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
        self.file = file
        var fields = try ConfigurationFields(try ConfigurationText.parse(bytes, file: file), "partner")
        code = try fields.required("code").parsed("a partner code", PartnerCode.init)
        name = try fields.required("name").text("the partner's name")
        kind = try fields.required("kind").choice("the partner's kind", of: PartnerKind.self)
        realm = try fields.optional("realm")?.parsed("a realm", Realm.init) ?? .live
        trustDomain = try fields.required("trust-domain").parsed("a trust domain", TrustDomain.init)
        var nodes: [(NodeName, Endpoint)] = []
        for entry in try fields.required("nodes").entries("nodes") {
            var node = try ConfigurationFields(entry.value, "node")
            nodes.append(
                (
                    try entry.name.parsed("a node name", NodeName.init),
                    try node.required("endpoint").parsed("an endpoint", Endpoint.init)
                )
            )
            try node.finish()
        }
        var mailboxes: [(MailboxName, NodeName)] = []
        for entry in try fields.optional("mailboxes")?.entries("mailboxes") ?? [] {
            var mailbox = try ConfigurationFields(entry.value, "mailbox")
            let home = try mailbox.required("node")
            let homeNode = try home.parsed("a node name", NodeName.init)
            guard nodes.contains(where: { $0.0 == homeNode }) else {
                throw home.failure(
                    "expected one of the nodes of this file, got `\(homeNode)`",
                    next: "add the node or correct the name"
                )
            }
            mailboxes.append((try entry.name.parsed("a mailbox name", MailboxName.init), homeNode))
            try mailbox.finish()
        }
        var officers: [PersonName] = []
        for element in try fields.optional("officers")?.elements("officers") ?? [] {
            let officer = try element.parsed("an officer's name", PersonName.init)
            guard officer.rawValue != SignedSheet.registrarName, !officers.contains(officer) else {
                throw element.failure("officer `\(officer)` is listed already", next: "remove it here")
            }
            officers.append(officer)
        }
        try fields.finish()
        self.nodes = nodes
        self.mailboxes = mailboxes
        self.officers = officers
    }
}
