public import CanonicalEncoding
public import SecurityLabels

/// Who may get what from whom at one time, by analysis of every label of one owner in the realm.
public struct PolicyMatrix: Hashable, Sendable {
    /// What may go from one partner to another of one owner's information at one level.
    public struct Flow: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        public let owner: LabelOwner
        public let classification: Classification
        /// The level on the common ladder; nil for a word without one.
        public let level: Classification?
        /// The types that some label of this kind may have, nil standing for none.
        public let types: [MessageType?]
    }

    public let partners: [PolicyPartner]
    /// In ascending order of origin, recipient and owner, words lowest first.
    public let flows: [Flow]

    /// Every flow that is open at a time.
    public init(_ policy: Policy, at time: Timestamp, realm: PolicyRealm = .live) {
        let tables = PolicyTables(policy)
        let index = tables.index
        let layers = AnalysisLayer.layers(of: tables, in: index.times.stretch(at: time))
        let side = AnalysisSide(tables, layers)
        let diagram = DecisionDiagram(layers, [side], .agreement)
        var flows: [Flow] = []
        for origin in index.partners.names {
            for recipient in index.partners.names where recipient != origin {
                for owner in index.owners.names {
                    let mailboxes = index.mailboxes.names.filter { $0.partner == recipient }.map { Optional($0) }
                    let roots = ([nil] + mailboxes).map { mailbox in
                        let residual = side.release(
                            from: origin,
                            to: recipient,
                            of: owner,
                            mailbox: mailbox,
                            in: realm
                        )
                        return diagram.node([residual])
                    }
                    for (place, value) in layers[0].values.enumerated() {
                        let types = layers[1].values.indices.filter { type in
                            roots.contains { diagram.next(diagram.next($0, 0, place), 1, type) != 0 }
                        }
                        guard !types.isEmpty else { continue }
                        let word = index.classifications.names[value[0] % index.classifications.count]
                        let standing = policy.ladder.standing(of: word, owner: owner, at: time)
                        let level: Classification? =
                            if case .rank(let rank) = standing { policy.ladder.levels[rank] } else { nil }
                        flows.append(
                            Flow(
                                origin: origin,
                                recipient: recipient,
                                owner: owner,
                                classification: word,
                                level: level,
                                types: types.map { $0 < index.types.count ? index.types.names[$0] : nil }
                            )
                        )
                    }
                }
            }
        }
        partners = index.partners.names
        self.flows = flows
    }

    /// The matrix as comma-separated values with a heading, one flow a line.
    public var csv: String {
        let lines = flows.map { flow in
            [
                flow.origin.rawValue, flow.recipient.rawValue, flow.owner.rawValue, flow.classification.rawValue,
                flow.level?.rawValue ?? "none", flow.types.map { $0?.rawValue ?? "none" }.joined(separator: " / "),
            ].joined(separator: ",")
        }
        return (["origin,recipient,owner,classification,level,types"] + lines).joined(separator: "\r\n") + "\r\n"
    }
}
