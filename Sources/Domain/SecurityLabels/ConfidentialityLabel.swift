/// What a message's originator says about who may see it.
///
/// The label is well formed by construction. Whether its words are known, and what they allow, is for a policy to say.
public struct ConfidentialityLabel: Hashable, Sendable {
    /// The policy that gives the words their meaning.
    public let policy: LabelPolicyName
    /// Whose marking it is; of several owners the first in ascending order.
    public let owner: LabelOwner
    /// The other owners of information that several made together, as in `JOINT SECRET CAN GBR USA`, in ascending order.
    ///
    /// Empty for the label of one owner. The owners are equals: which of them is ``owner`` says nothing.
    public let coOwners: [LabelOwner]
    /// The classification in the owner's own words.
    public let classification: Classification
    /// Compartments in ascending order, each once; holding the information needs every one.
    public let compartments: [Compartment]
    /// Handling caveats in ascending order, each once.
    public let caveats: [Caveat]
    /// Whom the owner names after `REL TO`, in ascending order, each once; never an empty list.
    ///
    /// Nil means that the owner states nothing. It does not mean everybody: what no agreement covers is denied.
    public let releasableTo: [ReleasabilityCode]?
    /// The community of interest that the information is meant for.
    public let community: CommunityName?
    /// What kind of report or data it is.
    public let type: MessageType?

    /// Every owner, in ascending order.
    public var owners: [LabelOwner] { [owner] + coOwners }

    /// Makes a label of its parts; lists may come in any order, and so may the owners.
    /// - Throws: `LabelError` when a list names something twice, when an owner stands twice, or when `releasableTo` is an
    ///   empty list.
    public init(
        policy: LabelPolicyName,
        owner: LabelOwner,
        coOwners: [LabelOwner] = [],
        classification: Classification,
        compartments: [Compartment] = [],
        caveats: [Caveat] = [],
        releasableTo: [ReleasabilityCode]? = nil,
        community: CommunityName? = nil,
        type: MessageType? = nil
    ) throws(LabelError) {
        self.policy = policy
        let owners = coOwners.isEmpty ? [owner] : try Self.ordered([owner] + coOwners)
        self.owner = owners[0]
        self.coOwners = Array(owners.dropFirst())
        self.classification = classification
        self.compartments = try Self.ordered(compartments)
        self.caveats = try Self.ordered(caveats)
        if let releasableTo {
            guard !releasableTo.isEmpty else { throw .emptyReleasability }
            self.releasableTo = try Self.ordered(releasableTo)
        } else {
            self.releasableTo = nil
        }
        self.community = community
        self.type = type
    }

    /// A label of parts whose lists are known to be ascending, without repetition, and not empty where that matters.
    init(
        ascending policy: LabelPolicyName,
        owners: [LabelOwner],
        classification: Classification,
        compartments: [Compartment],
        caveats: [Caveat],
        releasableTo: [ReleasabilityCode],
        community: CommunityName?,
        type: MessageType?
    ) {
        self.policy = policy
        self.owner = owners[0]
        self.coOwners = owners.count == 1 ? [] : Array(owners.dropFirst())
        self.classification = classification
        self.compartments = compartments
        self.caveats = caveats
        self.releasableTo = releasableTo.isEmpty ? nil : releasableTo
        self.community = community
        self.type = type
    }

    private static func ordered<Component: LabelComponent>(
        _ components: [Component]
    ) throws(LabelError) -> [Component] {
        let sorted = components.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
            throw .repeated(component: Component.componentName, text: left.rawValue)
        }
        return sorted
    }
}
