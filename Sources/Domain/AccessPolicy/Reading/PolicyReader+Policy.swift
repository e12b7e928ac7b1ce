extension PolicyReader {
    /// A reader that knows what a policy declares, for conditions that stand beside it.
    init(_ policy: Policy) {
        self.init()
        levels = policy.ladder.levels
        equivalents = policy.ladder.equivalents
        compartments = policy.compartments
        caveats = policy.caveats
        types = policy.types
        partners = policy.partners
        groups = policy.groups
        nodes = policy.nodes
        communities = policy.communities
    }
}
