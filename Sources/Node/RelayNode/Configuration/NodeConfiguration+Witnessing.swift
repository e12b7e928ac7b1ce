import CoalitionDirectory
import StrictYAML

extension NodeConfiguration {
    /// Reads `witnessing`; without it nobody cosigns, and one other partner is a quorum for the logs of others.
    static func witnessing(_ item: YAMLItem?, of partner: PartnerCode) throws(YAMLError) -> Witnessing {
        var witnessing = Witnessing()
        guard let item else { return witnessing }
        let fields = try item.fields("`witnessing`", ["witnesses", "quorum", "interval", "patience"])
        for witness in try fields["witnesses"]?.items("the witnesses") ?? [] {
            let reference = try witness.value("a node") { text throws(IdentifierError) in try NodeReference(text) }
            guard !witnessing.witnesses.contains(reference) else {
                throw witness.error("expected each witness once, got `\(reference)` again: remove one")
            }
            witnessing.witnesses.append(reference)
        }
        let partners = Set(witnessing.witnesses.map(\.partner)).subtracting([partner])
        if !witnessing.witnesses.isEmpty, partners.isEmpty {
            throw item.error("expected a witness of another partner: the own partner's nodes count for nothing")
        }
        // More than half of those that are asked, so that two quorums have a witness in common.
        witnessing.quorum = partners.isEmpty ? 1 : partners.count / 2 + 1
        if let quorum = fields["quorum"] {
            witnessing.quorum = try quorum.integer("a number of partners", in: 1...100)
            guard witnessing.witnesses.isEmpty || witnessing.quorum <= partners.count else {
                throw quorum.error(
                    "expected at most \(partners.count), the number of other partners among the witnesses, got "
                        + "\(witnessing.quorum): name more witnesses, or ask for fewer"
                )
            }
        }
        if let interval = fields["interval"] {
            witnessing.interval = try interval.integer("a number of seconds", in: 1...3600)
        }
        if let patience = fields["patience"] {
            witnessing.patience = try patience.integer("a number of seconds", in: 1...86_400)
        }
        return witnessing
    }
}
