extension ConfidentialityLabel {
    /// Makes a label of parts that are in order already, as they come out of tables.
    /// - Precondition: every list is in ascending order and names nothing twice, and there is at least one owner.
    package init(
        policy: LabelPolicyName,
        orderedOwners: [LabelOwner],
        classification: Classification,
        orderedCompartments: [Compartment],
        orderedCaveats: [Caveat],
        orderedReleasability: [ReleasabilityCode],
        community: CommunityName?,
        type: MessageType?
    ) {
        self.policy = policy
        owner = orderedOwners[0]
        coOwners = Array(orderedOwners.dropFirst())
        self.classification = classification
        compartments = orderedCompartments
        caveats = orderedCaveats
        releasableTo = orderedReleasability.isEmpty ? nil : orderedReleasability
        self.community = community
        self.type = type
    }
}
