public import CanonicalEncoding
public import SecurityLabels

/// Who may get one label from whom at one time, by which agreements, and what is left open by the label; exactly, over
/// every node and mailbox and every way to send it.
public struct LabelAudience: Hashable, Sendable {
    /// What one partner may send to another.
    public struct Way: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        /// The agreements that cover it, in ascending order of name; nothing where the label as it is does not flow.
        public let covers: [Cover]
        /// In which cases it would flow with a type or community that the label does not state, and does not as it is.
        public let withMore: [FlowCondition]
    }

    /// An agreement and the cases in which it covers the label; any one of them is enough.
    public struct Cover: Hashable, Sendable {
        public let agreement: RuleName
        public let reference: String
        /// The last day of the agreement.
        public let until: String?
        public let conditions: [FlowCondition]
    }

    public let label: ConfidentialityLabel
    public let time: Timestamp
    public let realm: PolicyRealm
    /// Every way that is open in some case, or would be with a type or community, by recipient and origin.
    public let ways: [Way]
    /// The partners that nobody may send the label to, with any type and community that it does not state.
    public let excluded: [PolicyPartner]

    /// - Parameter label: A label whose words the policy knows; one with others flows nowhere.
    public init(of label: ConfidentialityLabel, by policy: Policy, at time: Timestamp, realm: PolicyRealm = .live) {
        self.label = label
        self.time = time
        self.realm = realm
        var reading = AudienceReading(label, policy, at: time, realm)
        let partners = policy.partners.keys.sorted()
        var ways: [Way] = []
        for recipient in partners {
            for origin in partners where origin != recipient {
                if let way = reading.way(from: origin, to: recipient) { ways.append(way) }
            }
        }
        self.ways = ways
        let reached = Set(ways.map(\.recipient))
        excluded = partners.filter { !reached.contains($0) }
    }

    /// The partners that may get the label as it is.
    public var recipients: [PolicyPartner] { Set(ways.filter { !$0.covers.isEmpty }.map(\.recipient)).sorted() }
}

/// Reads the ways of one label off a diagram in which the label's facts are fixed.
private struct AudienceReading {
    private let label: ConfidentialityLabel
    private let policy: Policy
    private let realm: PolicyRealm
    private let flows: FlowWays
    private let agreements: [(number: Int, rule: Policy.Agreement)]
    private var cover: DecisionCover

    init(_ label: ConfidentialityLabel, _ policy: Policy, at time: Timestamp, _ realm: PolicyRealm) {
        let tables = PolicyTables(policy)
        self.label = label
        self.policy = policy
        self.realm = realm
        flows = FlowWays([tables], at: time, fixing: label, steps: [.release], .agreement)
        agreements = policy.agreements.enumerated().map { (tables.rules.guardrailCount + $0, $1) }
        cover = DecisionCover(flows.diagram)
    }

    mutating func way(from origin: PolicyPartner, to recipient: PolicyPartner) -> LabelAudience.Way? {
        guard isReleasable(to: recipient) else { return nil }
        let flows = flows
        func function(_ residual: (AnalysisSide, FlowEnds) -> Residual?) -> Int32 {
            flows.function(from: origin, to: recipient, of: label.owners, in: realm, residual)
        }
        let whole = function { $0.flow($1) }
        guard whole != 0 else { return nil }
        let marked = asMarked(whole)
        var covers: [LabelAudience.Cover] = []
        if marked != 0 {
            for (number, rule) in agreements {
                let covered = asMarked(function { $0.flow($1, coveredBy: number) })
                guard covered != 0 else { continue }
                covers.append(
                    .init(
                        agreement: rule.name,
                        reference: rule.reference,
                        until: rule.conditions.dates.until?.date,
                        conditions: conditions(covered, origin, recipient)
                    )
                )
            }
        }
        return .init(
            origin: origin,
            recipient: recipient,
            covers: covers,
            withMore: conditions(flows.diagram.without(stating(whole), marked), origin, recipient)
        )
    }

    /// The function of the label without the type and community that it does not state.
    private func asMarked(_ function: Int32) -> Int32 {
        let open = [flows.layers.place(of: .type), flows.layers.place(of: .community)]
        return flows.diagram.fixing(function) { open.contains($0) ? 0 : nil }
    }

    /// The function where the label states a type or a community more than it does.
    private func stating(_ function: Int32) -> Int32 {
        var less: Int32 = 1
        for (axis, isStated) in [(Axis.type, label.type != nil), (.community, label.community != nil)] where !isStated {
            guard let layer = flows.layers.place(of: axis) else { continue }
            let count = flows.layers.layers[layer].values.count
            less = flows.diagram.both(less, flows.diagram.choice(layer, (0..<count).map { $0 == 0 ? 1 : 0 }))
        }
        return flows.diagram.without(function, less)
    }

    private mutating func conditions(
        _ function: Int32,
        _ origin: PolicyPartner,
        _ recipient: PolicyPartner
    ) -> [FlowCondition] {
        flows.conditions(function, from: origin, to: recipient, of: label.owner, in: realm, &cover)
    }

    private func isReleasable(to recipient: PolicyPartner) -> Bool {
        guard let codes = label.releasableTo else { return true }
        return label.owners.contains { $0.rawValue == recipient.rawValue }
            || codes.contains { policy.names($0.rawValue, partner: recipient) }
    }
}
