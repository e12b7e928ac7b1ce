/// The words that markings may use under a policy.
///
/// A marking does not say which of its fields is which: `GBR SECRET//MARITIME//SITREP` is read by knowing that `MARITIME`
/// is a community and `SITREP` a message type. So no word may be of two kinds.
public struct MarkingVocabulary: Hashable, Sendable {
    /// The label policies that are known; a marking that comes with none is read under the first.
    public let policies: [LabelPolicyName]
    /// Each known owner's classifications, lowest first.
    public let classifications: [LabelOwner: [Classification]]
    public let compartments: Set<Compartment>
    public let caveats: Set<Caveat>
    /// The partners and groups that `REL TO` may name.
    public let releasability: Set<ReleasabilityCode>
    public let communities: Set<CommunityName>
    public let types: Set<MessageType>

    /// Makes a vocabulary in which every word has one meaning.
    /// - Throws: `LabelError` when no policy is given, or when a word is of two kinds.
    public init(
        policies: [LabelPolicyName],
        classifications: [LabelOwner: [Classification]],
        compartments: Set<Compartment> = [],
        caveats: Set<Caveat> = [],
        releasability: Set<ReleasabilityCode> = [],
        communities: Set<CommunityName> = [],
        types: Set<MessageType> = []
    ) throws(LabelError) {
        guard !policies.isEmpty else { throw .noPolicy }
        self.policies = policies
        self.classifications = classifications
        self.compartments = compartments
        self.caveats = caveats
        self.releasability = releasability
        self.communities = communities
        self.types = types
        try refuseAmbiguousWords()
    }

    /// Begins the marking of information that several owners made together.
    static let joint = "JOINT"

    private func refuseAmbiguousWords() throws(LabelError) {
        for owner in classifications.keys where owner.rawValue == Self.joint {
            throw .ambiguous(
                text: Self.joint,
                first: "the word before several owners",
                second: LabelOwner.componentName
            )
        }
        var kinds: [String: String] = [:]
        for caveat in caveats where caveat.rawValue == "REL TO" || caveat.rawValue.hasPrefix("REL TO ") {
            throw .ambiguous(text: caveat.rawValue, first: "a releasability list", second: Caveat.componentName)
        }
        try note(compartments, in: &kinds)
        try note(caveats, in: &kinds)
        try note(communities, in: &kinds)
        try note(types, in: &kinds)
    }

    private func note<Component: LabelComponent>(
        _ components: Set<Component>,
        in kinds: inout [String: String]
    ) throws(LabelError) {
        for component in components.sorted() {
            if let first = kinds.updateValue(Component.componentName, forKey: component.rawValue) {
                throw .ambiguous(text: component.rawValue, first: first, second: Component.componentName)
            }
        }
    }
}
