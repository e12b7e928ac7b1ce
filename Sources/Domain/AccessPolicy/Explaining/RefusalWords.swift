import CanonicalEncoding
import SecurityLabels

/// Says in words what a built-in guardrail found, and what can be done about it.
struct RefusalWords {
    let policy: Policy
    let request: AccessRequest
    let time: Timestamp

    func says(_ refusal: Refusal) -> String {
        switch refusal {
        case .unknownLabel(let what, let text):
            return "the policy does not know `\(text)` as \(what)\(known(what))"
        case .notInForce(let word):
            return "`\(word)` is not a classification of \(owners) on \(time.date)"
        case .unknownPartner(let partner):
            return "the policy does not know the partner `\(partner)`"
        case .unknownNode(let node, let partner):
            return "the policy does not know `\(node)` as a node of \(partner)"
        case .realm(let realm, nil):
            return "no node of the policy carries the realm `\(realm)`"
        case .realm(let realm, let node?):
            return "node \(node) carries the realm `\(policy.nodes[node]?.realm.rawValue ?? "")`, not `\(realm)`"
        case .suspended(let partner):
            return "\(partner) is suspended"
        case .ceiling(let partner):
            return "\(partner) may hold up to \(level(policy.partners[partner]?.ceiling)), and this is \(labelLevel)"
        case .notReadIn(let partner, let compartment):
            return "\(partner) is not read in to \(compartment)"
        case .notAccredited(let partner, nil):
            return "no node of \(partner) in the realm `\(request.realm)` is accredited for \(labelLevel)"
        case .notAccredited(_, let node?):
            return "node \(node) is accredited up to \(level(policy.nodes[node]?.accreditation)), "
                + "and this is \(labelLevel)"
        case .notMember(let partner, let community):
            return "\(partner) is not a member of \(community) on \(time.date)\(spells(partner, community))"
        case .notReleasable(let partner):
            let codes = request.label.releasableTo?.map(\.rawValue).joined(separator: ", ") ?? ""
            return "the label says REL TO \(codes), which does not include \(partner)"
        }
    }

    func advice(_ refusal: Refusal) -> String {
        switch refusal {
        case .unknownLabel:
            "correct the label; if it is right, have the word declared in the policy"
        case .notInForce:
            "mark it with the word that is in force; if this one still is, have its dates in the ladders corrected"
        case .unknownPartner(let partner):
            "correct the partner's code; if it is right, have `\(partner)` added to the policy"
        case .unknownNode(let node, let partner):
            "check the route; if it is right, have `\(node)` added to the policy as a node of \(partner)"
        case .realm:
            "send from and to nodes of the message's realm; exercise and live never mix"
        case .suspended(let partner):
            "ask the policy officers why \(partner) is suspended; only they can lift it"
        case .ceiling(let partner):
            "send \(partner) a version that its owner has marked lower; nobody else may lower a marking"
        case .notReadIn(let partner, let compartment):
            "leave \(partner) out, or have it read in to \(compartment) by those who control the compartment"
        case .notAccredited(_, let node?):
            "use a route that avoids \(node), or have the node accredited for the level"
        case .notAccredited(let partner, nil):
            "have a node of \(partner) accredited for the level"
        case .notMember(let partner, let community):
            "leave \(partner) out, or have its membership of \(community) agreed and entered in the policy"
        case .notReleasable(let partner):
            "ask \(owners), the owner, whether it releases the information to \(partner)"
        }
    }

    /// The words that the policy knows in the place of one that it does not, where they are few enough to be read.
    private func known(_ what: String) -> String {
        let words: [String] =
            switch what {
            case LabelPolicyName.componentName: ([policy.name] + policy.labelPolicies).map(\.rawValue)
            case LabelOwner.componentName: policy.ladder.equivalents.keys.map(\.rawValue).sorted()
            case Classification.componentName:
                request.label.owners.flatMap { PolicyReader.words(policy.ladder.equivalents[$0, default: []]) }
                    .map(\.rawValue)
            case Compartment.componentName: policy.compartments.map(\.rawValue).sorted()
            case Caveat.componentName: policy.caveats.map(\.rawValue).sorted()
            case CommunityName.componentName: policy.communities.keys.map(\.rawValue).sorted()
            case MessageType.componentName: policy.types.map(\.rawValue).sorted()
            default: []
            }
        guard (1...12).contains(words.count) else { return "" }
        return "; it knows \(words.joined(separator: ", "))"
    }

    private var owners: String { ConditionWords.owners(request.label) }

    private var labelLevel: String {
        ConditionWords(policy: policy, request: request, time: time).levelOfLabel
    }

    private func level(_ rank: Int?) -> String { rank.map { policy.ladder.levels[$0].rawValue } ?? "nothing" }

    private func spells(_ partner: PolicyPartner, _ community: CommunityName) -> String {
        let spans = policy.communities[community, default: []].filter { $0.partner == partner }
        guard !spans.isEmpty else { return "" }
        return " (its membership: \(spans.map { ConditionWords.dates($0.dates) }.joined(separator: "; ")))"
    }
}
